using System.Text.Json;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Quantization;

namespace Weft.Cli.Tests.Conversion;

/// <summary><c>weft quantize --importance</c>.</summary>
public sealed class QuantizeImportanceTests : IDisposable
{
    private static readonly RandomModel.LlamaSizes Sizes = new(Hidden: 256, Heads: 4, KeyValueHeads: 2, HeadSize: 64, Inner: 256) { Context = 40 };

    private readonly TemporaryFolder _work = new();
    private readonly SavedModel _saved = SavedModel.Llama(Sizes);

    public void Dispose()
    {
        _saved.Dispose();
        _work.Dispose();
    }

    [Fact]
    public void A_text_and_what_was_saved_of_it_make_the_same_file()
    {
        string text = Text("text.txt", 300), once = _work.File("once.gguf"), again = _work.File("again.gguf"), plain = _work.File("plain.gguf"), saved = _work.File("i.gguf");
        CommandRun run = CommandRun.Of("quantize", _saved.Folder, once, "--to", "q3_k_m", "--importance", text, "--save-importance", saved);
        Assert.Contains("Q3_K_M with importance", run.OutputOfSuccess(), StringComparison.Ordinal);
        Assert.DoesNotContain("importance, such as", run.Error, StringComparison.Ordinal);
        JsonElement json = CommandRun.Of("quantize", _saved.Folder, again, "--to", "q3_k_m", "--importance", saved, "--json").Json;
        Assert.Equal(saved, json.GetProperty("importance").GetString());
        Assert.Equal(JsonValueKind.Null, CommandRun.Of("quantize", _saved.Folder, plain, "--to", "q3_k_m", "--json").Json.GetProperty("importance").ValueKind);
        Assert.True(Same(once, again, "blk.0.attn_q.weight"));
        Assert.False(Same(once, plain, "blk.0.attn_q.weight"));
        Assert.True(Same(once, plain, "token_embd.weight"));
        using GgufModel model = GgufModel.Open(once);
        ImportanceMatrix importance = ImportanceMatrix.Open(saved, model);
        Assert.Equal(["text.txt"], importance.Texts);
        Assert.Equal((300 / 40, 40), (importance.Windows, importance.WindowTokens));
        Assert.Equal("text.txt", model.File.Keys.Single(key => key.Name == "quantize.imatrix.dataset").Value);
    }

    [Fact]
    public void No_more_windows_are_read_than_were_asked_for()
    {
        string saved = _work.File("i.gguf");
        CommandRun.Of("quantize", _saved.Folder, _work.File("m.gguf"), "--importance", Text("text.txt", 300), "--importance-windows", "3", "--save-importance", saved).OutputOfSuccess();
        using Checkpoint model = Checkpoint.Open(_saved.Folder);
        Assert.Equal(3, ImportanceMatrix.Open(saved, model).Windows);
    }

    [Fact]
    public void Matrices_without_importance_are_told()
    {
        string part = _work.File("part.gguf");
        using (Checkpoint model = Checkpoint.Open(_saved.Folder))
            new ImportanceMatrix(new Dictionary<string, ColumnImportance> { ["blocks.0.attention.query.weight"] = new(new float[256], 1) }).Save(part, model);
        Assert.Contains("warning: 13 matrices have no importance, such as 'blocks.0.attention.key.weight'",
            CommandRun.Of("quantize", _saved.Folder, _work.File("m.gguf"), "--importance", part).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_refused_by_name_and_leaves_nothing()
    {
        string text = Text("text.txt", 300), binary = _work.File("old.dat");
        File.WriteAllBytes(binary, [5, 0, 0xFF, 0xFE]);
        using SavedModel bare = SavedModel.Llama(Sizes, withTokenizer: false);
        Assert.Contains("39 tokens, fewer than the 40 of one window", Refused(Failure.Usage, "--importance", Text("short.txt", 39)), StringComparison.Ordinal);
        Assert.Contains("absent.txt' does not exist", Refused(Failure.Error, "--importance", _work.File("absent.txt")), StringComparison.Ordinal);
        Assert.Contains("neither a GGUF file nor text in UTF-8", Refused(Failure.Error, "--importance", binary), StringComparison.Ordinal);
        Assert.Contains("has no tokenizer", CommandRun.Of("quantize", bare.Folder, _work.File("m.gguf"), "--importance", text).Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("without --importance", Refused(Failure.Usage, "--importance-windows", "2"), StringComparison.Ordinal);
        Assert.Contains("without --importance", Refused(Failure.Usage, "--save-importance", _work.File("i.gguf")), StringComparison.Ordinal);
        Assert.Contains("ends with .gguf", Refused(Failure.Usage, "--importance", text, "--save-importance", _work.File("i.dat")), StringComparison.Ordinal);
        Assert.Contains("another file of this command", Refused(Failure.Usage, "--importance", text, "--save-importance", _work.File("m.gguf")), StringComparison.Ordinal);
        File.WriteAllText(_work.File("i.gguf"), "old");
        Assert.Contains("--force", Refused(Failure.Usage, "--importance", text, "--save-importance", _work.File("i.gguf")), StringComparison.Ordinal);
        Assert.Contains("0", Refused(Failure.Usage, "--importance", text, "--importance-windows", "0"), StringComparison.Ordinal);
        Assert.False(File.Exists(_work.File("m.gguf")));
        Assert.Equal("old", File.ReadAllText(_work.File("i.gguf")));
    }

    private string Refused(int exitCode, params string[] options) => CommandRun.Of(["quantize", _saved.Folder, _work.File("m.gguf"), .. options]).Refusal(exitCode);

    /// <summary>A text of so many characters, each a token.</summary>
    private string Text(string name, int length)
    {
        File.WriteAllText(_work.File(name), string.Concat(Enumerable.Range(0, length).Select(i => SavedModel.Characters[i * 31 % 90])));
        return _work.File(name);
    }

    private static bool Same(string first, string second, string tensor)
    {
        using GgufFile one = GgufFile.Open(first), two = GgufFile.Open(second);
        byte[] a = new byte[one.Tensors[tensor].ByteCount], b = new byte[two.Tensors[tensor].ByteCount];
        one.Tensors[tensor].ReadBytes(0, a);
        two.Tensors[tensor].ReadBytes(0, b);
        return a.AsSpan().SequenceEqual(b);
    }
}
