using Weft.Inference;
using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Cli;

/// <summary>A model folder opened for computing.</summary>
internal sealed class LoadedModel : IDisposable
{
    private LoadedModel(TextGenerator generator, bool hasTokenizer)
    {
        Generator = generator;
        HasTokenizer = hasTokenizer;
    }

    /// <summary>Continues texts.</summary>
    public TextGenerator Generator { get; }

    /// <summary>The folder has a tokenizer; without one, everything is done on ids.</summary>
    public bool HasTokenizer { get; }

    /// <summary>What is computed.</summary>
    public ModelSpec Spec => Generator.Model.Spec;

    /// <summary>The folder's tokenizer.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public Tokenizer Tokenizer => Generator.Tokenizer;

    /// <summary>Opens a folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="threads">Threads that compute; null for all cores.</param>
    public static LoadedModel Open(string directory, int? threads) => new(
        TextGenerator.Load(directory, new EngineOptions { Threads = threads ?? Environment.ProcessorCount }),
        File.Exists(Path.Combine(directory, "tokenizer.json")));

    /// <inheritdoc/>
    public void Dispose() => Generator.Dispose();
}
