using Weft.Text;

namespace Weft.Cli.Tests;

/// <summary>A random model in a folder of its own, with or without a tokenizer of single characters.</summary>
internal sealed class SavedModel : IDisposable
{
    /// <summary>One character for each id of the small Llama: ASCII, then Chinese, so that escaping shows.</summary>
    public static readonly string Characters = string.Concat(Enumerable.Range(' ', 95).Select(c => (char)c)) + "\n一二三四五";

    private readonly TemporaryFolder _folder = new();

    private SavedModel(RandomModel model) => Model = model;

    public RandomModel Model { get; }

    public string Folder => _folder.FullName;

    public string File(string name) => _folder.File(name);

    public static SavedModel Llama(RandomModel.LlamaSizes? sizes = null, bool withTokenizer = true) => Save(RandomModel.Llama(sizes ?? new()), withTokenizer);

    public static SavedModel Save(RandomModel model, bool withTokenizer = false)
    {
        var saved = new SavedModel(model);
        model.Save(saved.Folder);
        if (withTokenizer)
            CharacterTokenizerTrainer.Train([Characters], null, TestContext.Current.CancellationToken).Save(saved.File("tokenizer.json"));
        return saved;
    }

    public void Dispose() => _folder.Dispose();
}
