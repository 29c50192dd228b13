using System.Globalization;
using System.Text.Json;

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>The files of one run. Everything in it is replaced atomically, so that a killed run can be resumed.</summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>The recipe with every derived value; present once training has begun.</summary>
    public string RecipeFile => At("recipe.yaml");

    /// <summary>The trained tokenizer.</summary>
    public string TokenizerFile => At("tokenizer.json");

    /// <summary>The token shards.</summary>
    public ShardFiles Shards => new(At("train.tokens"), At("validation.tokens"), At("test.tokens"));

    /// <summary>Beside the shards of targets, the folder of those of their sources.</summary>
    public string SourceFolder => At("source");

    /// <summary>The token shards of the sources of pairs.</summary>
    public ShardFiles SourceShards => new(
        System.IO.Path.Combine(SourceFolder, "train.tokens"), System.IO.Path.Combine(SourceFolder, "validation.tokens"), System.IO.Path.Combine(SourceFolder, "test.tokens"));

    /// <summary>The training states, see <see cref="Checkpoints.CheckpointFolder"/>.</summary>
    public string CheckpointFolder => At("checkpoints");

    /// <summary>The newest training state; null before the first is saved.</summary>
    public string? NewestCheckpoint => Checkpoints.CheckpointFolder.Newest(CheckpointFolder);

    /// <summary>Batches that training diverged on.</summary>
    public string InspectionFolder => At("inspect");

    /// <summary>The model that training began from, where it began from another's weights.</summary>
    public string InitialModelFile => At("initial.json");

    /// <summary>Files that stood beside that model and belong beside the trained one: its tokenizer's, and what steers generation.</summary>
    public string InitialFolder => At("initial");

    /// <summary>The chat template of a run on conversations, and the special tokens that it names.</summary>
    public string ChatFolder => At("chat");

    /// <summary>Corpus statistics and derived settings.</summary>
    public string JournalFile => At("run.json");

    /// <summary>The exported model, a Hugging Face directory.</summary>
    public string ModelFolder => At("model");

    /// <summary>The exported adapter in PEFT's layout, where the run has trained one.</summary>
    public string AdapterFolder => At("adapter");

    /// <summary>The report.</summary>
    public string ReportFile => At("report.html");

    /// <summary>A folder below <paramref name="parent"/> that does not exist yet: the name, or the name with a number.</summary>
    public static RunFolder Fresh(string parent, string name)
    {
        for (int number = 1; ; number++)
        {
            string path = System.IO.Path.Combine(parent, number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"));
            if (!Directory.Exists(path) && !File.Exists(path))
                return new(path);
        }
    }

    /// <summary>The run below <paramref name="parent"/> that was worked on last; null where there is none that can be resumed.</summary>
    public static RunFolder? Newest(string parent, string name) =>
        !Directory.Exists(parent) ? null
        : Directory.EnumerateDirectories(parent, name + "*")
            .Where(path => IsNumbered(System.IO.Path.GetFileName(path), name))
            .Select(path => new RunFolder(path))
            .Where(folder => File.Exists(folder.RecipeFile))
            .MaxBy(folder => File.GetLastWriteTimeUtc(folder.NewestCheckpoint ?? folder.RecipeFile));

    /// <summary>One of the folders that <see cref="Fresh"/> gives for a name.</summary>
    private static bool IsNumbered(string folder, string name) => folder == name
        || (folder.StartsWith(name + "-", StringComparison.Ordinal) && int.TryParse(folder.AsSpan(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    internal void WriteJournal(RunJournal journal) => AtomicFile.WriteText(JournalFile, JsonSerializer.Serialize(journal, Json) + "\n");

    internal RunJournal ReadJournal()
    {
        try
        {
            return JsonSerializer.Deserialize<RunJournal>(File.ReadAllText(JournalFile))
                ?? throw new InvalidDataException($"{JournalFile}: is empty; start the run anew");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{JournalFile}: is damaged; start the run anew", e);
        }
    }

    private string At(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>What a run knew before training began.</summary>
/// <param name="Corpus">Sizes of the text.</param>
/// <param name="Derived">Settings that the recipe did not give.</param>
public sealed record RunJournal(CorpusStatistics Corpus, IReadOnlyList<DerivedSetting> Derived);
