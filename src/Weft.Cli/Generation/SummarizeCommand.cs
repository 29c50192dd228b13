using Weft.Tasks;

namespace Weft.Cli.Generation;

/// <summary><c>weft summarize</c>: a shorter text that says the same.</summary>
/// <param name="openInput">Opens standard input.</param>
internal sealed class SummarizeCommand(Func<Stream> openInput)
{
    private readonly RewritingChoice _rewriting = new(openInput);

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => _rewriting.AddTo(new DocumentedCommand("summarize", "Summarize a text with an encoder-decoder")
    {
        Notes = ["Takes an encoder-decoder that was made for it, such as BART, Pegasus or T5.", .. RewritingChoice.Notes],
        Examples =
        [
            "weft summarize models/bart-large-cnn --file article.txt",
            "weft summarize models/t5-small --file book.txt --long map-reduce --json",
        ],
    }).Runs(context => _rewriting.Run(context, (model, options) =>
    {
        var summarizer = new Summarizer(model, options);
        return (text => summarizer.Summarize(text, context.Cancellation), text => summarizer.Candidates(text, context.Cancellation));
    }));
}
