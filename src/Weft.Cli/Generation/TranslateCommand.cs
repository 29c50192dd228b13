using System.CommandLine;
using Weft.Tasks;

namespace Weft.Cli.Generation;

/// <summary><c>weft translate</c>: a text in another language.</summary>
internal sealed class TranslateCommand
{
    private readonly RewritingChoice _rewriting;

    private readonly Option<string?> _from = new("--from") { Description = "Language of the text, where the model is told: en (M2M-100, T5), eng_Latn (NLLB)", HelpName = "LANGUAGE" };
    private readonly Option<string?> _to = new("--to") { Description = "Language of the translation likewise, or fra for Marian's models of several targets", HelpName = "LANGUAGE" };

    /// <param name="openInput">Opens standard input.</param>
    public TranslateCommand(Func<Stream> openInput) => _rewriting = new(openInput);

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => _rewriting.AddTo(new DocumentedCommand("translate", "Translate a text with an encoder-decoder")
    {
        Options = { _from, _to },
        Notes =
        [
            "Takes a translator such as Marian's (opus-mt), M2M-100, NLLB or T5. A file of lines is translated line by",
            "line by weft generate --lines.",
            .. RewritingChoice.Notes,
        ],
        Examples =
        [
            "weft translate models/opus-mt-en-de \"The weather is fine.\"",
            "weft translate models/m2m100_418M \"The weather is fine.\" --from en --to zh --best 3",
            "weft translate models/nllb-200 --from eng_Latn --to fra_Latn --file letter.txt --long map-reduce",
        ],
    }).Runs(context => _rewriting.Run(context, (model, options) =>
    {
        var translator = new Translator(model, new()
        {
            Beams = options.Beams,
            LengthPenalty = options.LengthPenalty,
            CoveragePenalty = options.CoveragePenalty,
            MaximumTokens = options.MaximumTokens,
            Prefix = options.Prefix,
            Long = options.Long,
            SourceLanguage = context.Get(_from),
            TargetLanguage = context.Get(_to),
        });
        return (text => translator.Translate(text, context.Cancellation), text => translator.Candidates(text, context.Cancellation));
    }));
}
