using System.Collections.Immutable;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>Ids that steer generation. generation_config.json wins over config.json, where older checkpoints keep them.</summary>
internal sealed record GenerationIds
{
    public ImmutableArray<int> EndOfText { get; init; } = [];

    public int? DecoderStart { get; private init; }

    public int? ForcedBegin { get; private init; }

    public ImmutableArray<int> Suppressed { get; private init; } = [];

    public static GenerationIds Read(ConfigReader? generation, ConfigReader config)
    {
        ConfigReader[] files = [.. new[] { generation, config }.OfType<ConfigReader>()];
        ImmutableArray<int> List(string key) => [.. files.Select(file => file.ReadIntList(key)).FirstOrDefault(ids => ids.Count > 0) ?? []];
        int? One(string key) => files.FirstOrDefault(file => file.Has(key))?.ReadInt(key);
        return new()
        {
            EndOfText = List("eos_token_id"),
            DecoderStart = One("decoder_start_token_id"),
            // BART's configs said so before there was a key for the id.
            ForcedBegin = One("forced_bos_token_id") ?? (files.Any(file => file.ReadBool("force_bos_token_to_be_generated", false)) ? One("bos_token_id") : null),
            Suppressed = [.. List("suppress_tokens").Concat(files.Select(file => file.ReadSingleIds("bad_words_ids")).FirstOrDefault(ids => ids.Count > 0) ?? [])],
        };
    }
}
