using Weft.Data;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Native;
using Weft.Training.Objectives;
using Weft.Training.Runs;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Conversations;

/// <summary>Loss on answers, and on nothing else.</summary>
public class AnswerLossTests
{
    /// <summary>fp32 sums in another order, of some hundred terms of unit size at 6e-8 each.</summary>
    private const double Tolerance = 2e-6;

    private static readonly int[][] Documents = [[3, 9, 4, 8, 5, 5, 7, 2, 6], [3, 1, 4, 12, 13, 14, 2], [20, 21, 22, 23, 24, 25]];

    private static readonly Range[][] Answers = [[2..4, 6..8], [3..7], [0..2, 5..6]];

    [Fact]
    public void Targets_are_the_tokens_of_answers_each_where_the_one_before_it_is_read()
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = Shard(folder);
        var examples = new AnswerExamples(shard, context: 16);
        Example first = examples.Make(0, new(0, 0, 0));
        Assert.Equal([3, 9, 4, 8, 5, 5, 7, 2], first.Ids);
        Assert.Equal([-100, 4, 8, -100, -100, 7, 2, -100], first.Targets);
        // An answer that the beginning of was cut off: nothing stands before its first token.
        Assert.Equal([21, -100, -100, -100, 25], examples.Make(2, new(0, 0, 2)).Targets);
        Assert.Equal((3, 16), (examples.Count, examples.Size.Length));
    }

    [Theory]
    [InlineData(Arrangement.Packed)]
    [InlineData(Arrangement.Padded)]
    public void Loss_and_gradients_are_those_of_autograd_on_the_answers_alone(Arrangement arrangement)
    {
        NativeTorch.Load();
        using var folder = new TemporaryFolder();
        using TokenShard shard = Shard(folder);
        var examples = new AnswerExamples(shard, context: 24);
        ModelSpec spec = SmallModels.Llama(context: 24);
        using TrainableModel model = new(spec, seed: 5), plain = new(spec, seed: 5);
        using var scope = NewDisposeScope();
        var layout = new RowLayout(arrangement);
        Example[] all = [.. Enumerable.Range(0, 3).Select(i => examples.Make(i, new(0, 0, i)))];
        TrainingBatch batch = layout.Lay([.. layout.Rows(all, examples.Size).Select(row => row.Select(i => all[i]).ToArray())], examples.Size);
        Assert.Equal(arrangement == Arrangement.Packed ? 1 : 3, batch.Rows);
        Assert.Equal(10, batch.TargetCount);
        double loss = TokenLoss.ForwardBackward(model, batch, Precision.Float32, weight: 0.1);

        double expected = 0;
        for (int document = 0; document < Documents.Length; document++)
        {
            long[] ids = [.. Documents[document].Select(id => (long)id)];
            Tensor logits = plain.Outputs(new(tensor(ids[..^1]).unsqueeze(0)), Precision.Float32).view(-1, spec.VocabularySize);
            long[] learnt = [.. Answers[document].SelectMany(answer => Enumerable.Range(answer.Start.Value, answer.End.Value - answer.Start.Value)).Where(place => place > 0).Select(place => (long)place)];
            Tensor own = nn.functional.cross_entropy(logits.index_select(0, tensor([.. learnt.Select(place => place - 1)])), tensor([.. learnt.Select(place => ids[place])]), reduction: nn.Reduction.Sum);
            Tensor weighted = own.mul(tensor(0.1f));
            weighted.backward();
            expected += own.item<float>();
        }
        Assert.Equal(expected, loss, Tolerance * expected * 10);
        foreach ((TrainableParameter a, TrainableParameter b) in model.Parameters.Zip(plain.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < Tolerance, a.Name);
    }

    [Fact]
    public void What_nobody_learns_after_the_last_answer_changes_no_gradient()
    {
        NativeTorch.Load();
        ModelSpec spec = SmallModels.Llama();
        using TrainableModel model = new(spec, seed: 5), other = new(spec, seed: 5);
        using var scope = NewDisposeScope();
        // The same question and answer; then another side says something else.
        TokenLoss.ForwardBackward(model, Batch([3, 9, 4, 8, 5, 5, 7]), Precision.Float32, weight: 1);
        TokenLoss.ForwardBackward(other, Batch([3, 9, 4, 8, 60, 1, 2]), Precision.Float32, weight: 1);
        foreach ((TrainableParameter a, TrainableParameter b) in model.Parameters.Zip(other.Parameters))
            Assert.Equal(a.Tensor.grad!.data<float>().ToArray(), b.Tensor.grad!.data<float>().ToArray());
        // An answer is no such place.
        TokenLoss.ForwardBackward(other, Batch([3, 9, 5, 8, 60, 1, 2]), Precision.Float32, weight: 1);
        Assert.Contains(model.Parameters.Zip(other.Parameters), pair => (pair.First.Tensor.grad! - pair.Second.Tensor.grad!).abs().max().item<float>() > Tolerance);

        static TrainingBatch Batch(long[] ids)
        {
            long[] targets = [-100, ids[2], ids[3], -100, -100, -100];
            return new() { Rows = 1, Length = 6, Ids = ids[..^1], Targets = targets };
        }
    }

    private static TokenShard Shard(TemporaryFolder folder)
    {
        string path = folder.File("a.tokens");
        using (var writer = TokenShardWriter.Create(path, 61))
        {
            foreach (int[] document in Documents)
                writer.Add(document, document.Length);
            writer.Complete();
        }
        AnswerFile.Write(path, Answers.Select((answers, i) => RowAnswers.Of($"a#{i + 1}", answers)));
        return TokenShard.Open(path);
    }
}
