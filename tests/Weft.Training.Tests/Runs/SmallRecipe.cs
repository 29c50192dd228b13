using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>A recipe whose run takes a second, over a text that it writes.</summary>
internal static class SmallRecipe
{
    public static Recipe Of(TemporaryFolder folder)
    {
        string text = folder.File("text.txt");
        if (!File.Exists(text))
            File.WriteAllText(text, string.Join("\n\n", Enumerable.Range(0, 2000).Select(i => $"Word {i} stands in line {i}. It has {i % 7} letters and {i % 11} friends.")));
        return new()
        {
            Threads = 1,
            Text = new() { Paths = [text], Validation = 0.1, Test = 0.1 },
            Tokenizer = new() { Vocabulary = 400 },
            Model = new() { Layers = 2, Width = 32, Heads = 4, Context = 32 },
            Training = new() { Steps = 6, Batch = 4, LearningRate = 1e-3, EvaluateEvery = 3 },
        };
    }
}
