using System.Globalization;

using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Batches;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>
/// From batches back to what they say. Every objective ends in a <see cref="TrainingBatch"/>, so this is the one place that shows all of them; what a target means
/// follows from the model's head. Legend: B rows, T tokens, L numbers of a target.
/// </summary>
/// <param name="head">What the model predicts.</param>
/// <param name="task">The labels, where there are any.</param>
/// <param name="tokenizer">Of what is read; of an encoder-decoder, of sources.</param>
/// <param name="targetTokenizer">Of what a decoder beside an encoder reads and predicts.</param>
internal sealed class PreviewReader(HeadSpec head, TaskRecipe? task, Tokenizer tokenizer, Tokenizer targetTokenizer)
{
    /// <summary>A row of a batch.</summary>
    public PreviewRow Read(TrainingBatch batch, int row)
    {
        int first = row * batch.Length;
        int[] places = [.. Enumerable.Range(first, batch.Length).Where(place => batch.Documents?[place] != TrainingBatch.Padding)];
        return new()
        {
            Tokens = head is HeadSpec.LanguageModel ? Predicted(batch, places) : [.. places.Select(place => InPlace(batch, place))],
            Source = batch.SourceIds is not { } source ? [] : [.. Enumerable.Range(row * batch.SourceLength, batch.SourceLength)
                .Where(place => batch.SourceDocuments?[place] != TrainingBatch.Padding)
                .Select(place => Token(source[place], tokenizer) with { Document = (int)(batch.SourceDocuments?[place] ?? 0) })],
            Labels = !head.Pools ? [] : [.. places.Where(place => batch.Targets[place] != TrainingBatch.Ignored).Select(place => LabelOf(batch, place))],
            Padding = batch.Length - places.Length,
        };
    }

    /// <summary>Each place predicts the next token: the last one of a document is read nowhere.</summary>
    private List<PreviewToken> Predicted(TrainingBatch batch, int[] places)
    {
        List<PreviewToken> tokens = [];
        for (int i = 0; i < places.Length; i++)
        {
            int place = places[i];
            bool begins = i == 0 || DocumentOf(batch, place) != DocumentOf(batch, place - 1), ends = i == places.Length - 1 || DocumentOf(batch, place) != DocumentOf(batch, place + 1);
            tokens.Add(Read(batch, place, targetTokenizer) with { HasLoss = !begins && batch.Targets[place - 1] != TrainingBatch.Ignored });
            if (ends && batch.Targets[place] != TrainingBatch.Ignored)
                tokens.Add(Token(batch.Targets[place], targetTokenizer) with { HasLoss = true, Document = DocumentOf(batch, place) });
        }
        return tokens;
    }

    private PreviewToken InPlace(TrainingBatch batch, int place)
    {
        PreviewToken token = Read(batch, place, tokenizer);
        long target = batch.Targets[place];
        return head.Pools || target == TrainingBatch.Ignored ? token : token with { HasLoss = true, Answer = head is HeadSpec.MaskedLanguageModel ? Token(target, tokenizer).Text : NameOf(target) };
    }

    private string LabelOf(TrainingBatch batch, int place)
    {
        if (batch.Values is not { } values)
            return NameOf(batch.Targets[place]);
        int each = values.Length / (int)batch.TargetCount, at = (place - batch.Targets.AsSpan(0, place).Count(TrainingBatch.Ignored)) * each;
        ReadOnlySpan<float> own = values.AsSpan(at, each);
        if (task?.Says == LabelKind.Number)
            return own[0].ToString(CultureInfo.InvariantCulture);
        List<string> names = [];
        for (int label = 0; label < own.Length; label++)
            if (own[label] > 0)
                names.Add(NameOf(label));
        return string.Join(task?.Separator ?? ", ", names);
    }

    private string NameOf(long label) => task?.Labels.ElementAtOrDefault((int)label) ?? label.ToString(CultureInfo.InvariantCulture);

    private static PreviewToken Read(TrainingBatch batch, int place, Tokenizer of) => Token(batch.Ids[place], of) with
    {
        Document = DocumentOf(batch, place),
        Segment = (int)(batch.TokenTypes?[place] ?? 0),
        IsPrefix = batch.Prefix?[place] ?? false,
    };

    private static int DocumentOf(TrainingBatch batch, int place) => (int)(batch.Documents?[place] ?? 0);

    private static PreviewToken Token(long id, Tokenizer of)
    {
        string name = of.IdToToken((int)id) ?? $"<{id}>";
        // Decoded alone, a piece of SentencePiece would lose the space that it begins with.
        return new((int)id, name, name.Contains('\u2581', StringComparison.Ordinal) ? name.Replace('\u2581', ' ') : of.Decode([(int)id], skipSpecialTokens: false));
    }
}
