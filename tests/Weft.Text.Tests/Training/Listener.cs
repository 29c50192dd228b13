namespace Weft.Text.Tests.Training;

/// <summary>Hears what a trainer tells at once, where Progress&lt;T> reports later, from another thread.</summary>
internal sealed class Listener(Action<TokenizerTrainingProgress> listen) : IProgress<TokenizerTrainingProgress>
{
    /// <summary>Cancels when a stage is first told of.</summary>
    public static Listener Cancelling(CancellationTokenSource source, string stage) => new(report =>
    {
        if (report.Stage == stage)
            source.Cancel();
    });

    /// <summary>Documents without end, which cancel after 3,000.</summary>
    public static IEnumerable<string> EndlessDocuments(CancellationTokenSource source)
    {
        for (int i = 0; ; i++)
        {
            if (i == 3000)
                source.Cancel();
            yield return new string('x', 1000);
        }
    }

    public void Report(TokenizerTrainingProgress value)
    {
        lock (this)
            listen(value);
    }
}
