namespace Weft.Text.Tests.Assets;

/// <summary>Texts and their ids, as llama.cpp publishes them for a vocabulary.</summary>
internal static class LlamaCppVectors
{
    public static IEnumerable<(string Text, int[] Ids)> Read(string vocabulary)
    {
        string file = TestAssets.Require($"tokenizer-vectors/llamacpp/ggml-vocab-{vocabulary}.gguf.inp");
        string[] texts = File.ReadAllText(file).Split("\n__ggml_vocab_test__\n")[..^1];
        string[] lines = File.ReadAllLines(Path.ChangeExtension(file, "out"));
        Assert.Equal(lines.Length, texts.Length);
        Assert.True(texts.Length > 40);
        return texts.Zip(lines, (text, line) => (text, line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, null)).ToArray()));
    }
}
