using Weft.Data;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>A held-out text as a model reads it.</summary>
/// <param name="Ids">What a decoder, or an encoder alone, reads.</param>
/// <param name="Prompt">The beginning of it that a model continues.</param>
/// <param name="Source">What the encoder beside a decoder reads; else empty.</param>
internal sealed record HeldOutSample(int[] Ids, int[] Prompt, int[] Source)
{
    private const int PromptLength = 8;
    private const int Shown = 3;

    /// <summary>The first text of held-out data.</summary>
    /// <param name="held">Its ids.</param>
    /// <param name="examples">Its examples; null where text is read in windows.</param>
    /// <param name="context">Most tokens.</param>
    public static HeldOutSample Of(ITokenSequence held, Examples? examples, int context)
    {
        if (examples is AnswerExamples conversations)
        {
            var first = HeldOutConversation.Of(conversations, 0);
            // Nothing stands before an answer whose beginning was cut out.
            return new([.. first.Prompt, .. first.Answer[..^1]], first.Prompt.Length > 0 ? first.Prompt : first.Answer[..1], []);
        }
        if (examples is not null)
        {
            Example first = Make(examples, 0);
            // A decoder beside an encoder begins with its start alone.
            return new(Narrow(first.Ids), Narrow(first.SourceIds is null ? first.Ids[..Math.Min(PromptLength, first.Ids.Length)] : first.Ids[..1]), Narrow(first.SourceIds ?? []));
        }
        long[] ids = new long[Math.Min(context, held.TokenCount)];
        held.Copy(0, ids);
        return new(Narrow(ids), Narrow(ids[..Math.Min(PromptLength, ids.Length)]), []);
    }

    /// <summary>A few sources from all over the held-out data; none where the model reads none.</summary>
    public static IReadOnlyList<int[]> Sources(TrainingData data) => data.FinalExamples is not { Size.SourceLength: > 0 } examples ? []
        : [.. Enumerable.Range(0, (int)Math.Min(Shown, examples.Count)).Select(i => Narrow(Make(examples, i * examples.Count / Math.Min(Shown, examples.Count)).SourceIds!))];

    /// <summary>Ids and logits [T, V], or those of the labels, against which another runtime can be checked.</summary>
    public (int[] Ids, float[] Logits) Compute(TrainableModel model)
    {
        HeadSpec head = model.Spec.Head;
        float[] logits = new float[(head.Pools ? 1 : Ids.Length) * head.OutputSize(model.Spec)];
        model.ComputeOutputs(new(Ids) { SourceIds = Source }, logits);
        return (Ids, logits);
    }

    private static Example Make(Examples examples, long index) => examples.Make(index, new(0, 0, index));

    private static int[] Narrow(long[] ids) => [.. ids.Select(id => (int)id)];
}
