using Weft.Text;

namespace Weft.Cli.Tests.Tokenizers;

/// <summary>A byte-level tokenizer in a folder of its own, trained on a few words.</summary>
internal sealed class SavedTokenizer : IDisposable
{
    public const string EndOfText = "<|endoftext|>";

    private readonly TemporaryFolder _folder = new();

    public SavedTokenizer()
    {
        string text = string.Concat(Enumerable.Repeat("the thread of the weaver, the loom and the cloth\n", 20));
        Tokenizer = ByteLevelBpeTrainer.Train([text], new() { VocabularySize = 282 }, cancellationToken: TestContext.Current.CancellationToken);
        Tokenizer.Save(Folder);
    }

    public Tokenizer Tokenizer { get; }

    public string Folder => _folder.FullName;

    public string File(string name) => _folder.File(name);

    public void Dispose() => _folder.Dispose();
}
