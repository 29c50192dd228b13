using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace Weft.Model.Checkpoints.Hub;

/// <summary>Which files of a repository are downloaded.</summary>
internal static partial class FileSelection
{
    private const int MostShown = 12;

    /// <summary>What describes a model, its tokenizer and its conversations, wherever it stands alone at the top.</summary>
    private static readonly string[] Descriptions =
    [
        "config.json", "generation_config.json",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "merges.txt", "encoder.json", "vocab.bpe", "vocab.txt",
        "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "*.spm", "*.tiktoken", "tekken.json",
        "chat_template.jinja", "chat_template.json", "additional_chat_templates/*.jinja",
        "modules.json", "config_sentence_transformers.json", "sentence_bert_config.json", "?_*/config.json",
    ];

    /// <summary>The files that the patterns choose, or those that a model needs, in the order of the repository.</summary>
    /// <param name="repository">For errors.</param>
    /// <param name="files">All files of the repository.</param>
    /// <param name="patterns">Names, or globs as fnmatch has them, where * also stands for a slash; empty for the default.</param>
    /// <exception cref="HubException">A pattern matches nothing, or the repository holds no model; names what there is.</exception>
    public static IReadOnlyList<string> Choose(string repository, IReadOnlyList<string> files, IReadOnlyList<string> patterns)
    {
        foreach (string pattern in patterns)
            if (!files.Any(file => Matches(pattern, file)))
                throw new HubException($"repository '{repository}'", $"has no file '{pattern}'; it has {Names(files)}");
        IReadOnlyList<string> chosen = patterns.Count > 0
            ? [.. files.Where(file => patterns.Any(pattern => Matches(pattern, file)))]
            : Default(files);
        if (chosen.Count == 0)
            throw new HubException($"repository '{repository}'", $"holds nothing that a model needs; name the files to download, it has {Names(files)}");
        foreach (string file in chosen)
            FilePaths.Check(file);
        return chosen;
    }

    private static IReadOnlyList<string> Default(IReadOnlyList<string> files)
    {
        HashSet<string> weights = [.. Weights(files)];
        return [.. files.Where(file => weights.Contains(file) || Descriptions.Any(pattern => Depth(pattern) == Depth(file) && Matches(pattern, file)))];
    }

    /// <summary>
    /// The first kind of weights that there is: many repositories keep the same ones in several formats and precisions. The
    /// modules of sentence-transformers have weights of their own beside the model's.
    /// </summary>
    private static IEnumerable<string> Weights(IReadOnlyList<string> files)
    {
        foreach (Regex kind in (Regex[])[ModelWeights(), AnyWeights(), PickledWeights()])
            if (files.Any(kind.IsMatch))
                return files.Where(file => kind.IsMatch(file) || ModuleWeights().IsMatch(file));
        return [];
    }

    private static bool Matches(string pattern, string file) =>
        FileSystemName.MatchesSimpleExpression(pattern.EndsWith('/') ? pattern + '*' : pattern, file, ignoreCase: false);

    private static int Depth(string path) => path.Count(c => c == '/');

    private static string Names(IReadOnlyList<string> files) => files.Count == 0 ? "none"
        : string.Join(", ", files.Take(MostShown)) + (files.Count > MostShown ? $" and {files.Count - MostShown} more" : "");

    [GeneratedRegex(@"^model(?:-\d+-of-\d+)?\.safetensors(?:\.index\.json)?\z")]
    private static partial Regex ModelWeights();

    [GeneratedRegex(@"^[^/]+\.safetensors(?:\.index\.json)?\z")]
    private static partial Regex AnyWeights();

    [GeneratedRegex(@"^pytorch_model(?:-\d+-of-\d+)?\.bin(?:\.index\.json)?\z")]
    private static partial Regex PickledWeights();

    [GeneratedRegex(@"^\d+_[^/]+/model\.safetensors\z")]
    private static partial Regex ModuleWeights();
}
