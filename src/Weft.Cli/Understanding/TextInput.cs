using System.CommandLine;
using Weft.Inference;
using Weft.Model;
using Weft.Text;

namespace Weft.Cli.Understanding;

/// <summary>What an understanding command reads: a text, a pair of texts, or ids.</summary>
internal sealed class TextInput
{
    private readonly Argument<string?> _text = new("TEXT")
    {
        Description = "Text to read; quote it if it holds spaces, write -- before it if it begins with a dash",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _pair = new("--pair")
    {
        Description = "Second text, for models that read two, such as a hypothesis after a premise",
        HelpName = "TEXT",
    };

    private readonly Option<int[]?> _ids = CommonOptions.Ids("--ids", "Token ids to read in place of TEXT, used exactly as given");

    /// <summary>Adds the argument and the options to a command.</summary>
    public void AddTo(DocumentedCommand command)
    {
        command.Arguments.Add(_text);
        command.Options.Add(_pair);
        command.Options.Add(_ids);
    }

    /// <summary>The texts as they were given; both null where ids were.</summary>
    /// <exception cref="UsageException">Nothing was given, or too much.</exception>
    public (string? Text, string? Pair) ReadTexts(CommandContext context)
    {
        string? text = context.Get(_text), pair = context.Get(_pair);
        int[]? ids = context.Get(_ids);
        if (text is null == ids is null)
            throw new UsageException(text is null ? "TEXT is missing; give a text, or ids with --ids" : "TEXT and --ids are both given; give one of them");
        return ids is null || pair is null ? (text, pair) : throw new UsageException("--pair goes with TEXT; give the ids of both texts with --ids");
    }

    /// <summary>Reads what was given.</summary>
    /// <returns>Ids, [T], and the segment of each, empty where the model has none.</returns>
    /// <exception cref="UsageException">Nothing was given, too much, or an id that the model lacks.</exception>
    public (int[] Ids, int[] Types) Read(CommandContext context, TextGenerator model)
    {
        (string? text, string? pair) = ReadTexts(context);
        if (context.Get(_ids) is { } ids)
        {
            CommonOptions.CheckIds(_ids.Name, ids, model.Model.Spec.VocabularySize);
            return (ids, []);
        }
        EncodedText encoded = pair is null ? model.Tokenizer.Encode(text!) : model.Tokenizer.EncodePair(text!, pair);
        return (encoded.Ids, model.Model.Spec.Embedding.TokenTypes > 1 ? encoded.TypeIds : []);
    }

    /// <summary>Nothing was given.</summary>
    public bool IsEmpty(CommandContext context) => context.Get(_text) is null && context.Get(_pair) is null && context.Get(_ids) is null;

    /// <summary>What a model reads.</summary>
    public static ModelInput Of((int[] Ids, int[] Types) read) => new(read.Ids) { TokenTypes = read.Types };
}
