using Weft.Data;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Tests.Modules;

namespace Weft.Training.Tests.Batches;

public class ExampleBatchesTests
{
    private const int Vocabulary = 37;

    public static TheoryData<string, Arrangement> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, Arrangement>();
            foreach (string objective in new[] { "causal", "prefix", "masked", "spans", "denoising", "pairs" })
            {
                kinds.Add(objective, Arrangement.Packed);
                kinds.Add(objective, Arrangement.Padded);
            }
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_run_set_back_to_any_place_goes_on_as_before(string objective, Arrangement arrangement)
    {
        using var data = new Data();
        ExampleBatches first = new(data.Examples(objective), new(arrangement), 5, seed: 3);
        var cursors = new List<string>();
        var drawn = new List<TrainingBatch>();
        for (int i = 0; i < 60; i++)
        {
            cursors.Add(first.Cursor);
            drawn.Add(first.Draw());
        }
        Assert.Contains("\"Epoch\":1", string.Concat(cursors), StringComparison.Ordinal);
        for (int at = 0; at < 60; at += 7)
        {
            var second = new ExampleBatches(data.Examples(objective), new(arrangement), 5, seed: 99) { Cursor = cursors[at] };
            for (int i = at; i < Math.Min(60, at + 9); i++)
                Assert.Equal(Text(drawn[i]), Text(second.Draw()));
        }
        Assert.NotEqual(drawn[0].Ids, new ExampleBatches(data.Examples(objective), new(arrangement), 5, seed: 4).Draw().Ids);
    }

    private static string Text(TrainingBatch batch) => System.Text.Json.JsonSerializer.Serialize(batch);

    [Theory]
    [InlineData(Arrangement.Packed)]
    [InlineData(Arrangement.Padded)]
    public void Each_token_but_the_first_of_its_document_is_a_target_once_an_epoch(Arrangement arrangement)
    {
        using var data = new Data();
        var examples = (DocumentExamples)data.Examples("causal");
        var source = new ExampleBatches(examples, new(arrangement, PaddingId: 1), 1, seed: 3);
        var targets = new int[Vocabulary];
        int documents = 0;
        while (true)
        {
            string before = source.Cursor;
            TrainingBatch batch = source.Draw();
            if (source.Cursor.Contains("\"Epoch\":1", StringComparison.Ordinal) && before.Contains("\"Epoch\":0", StringComparison.Ordinal))
                break;
            for (int t = 0; t < batch.Length; t++)
            {
                if (batch.Targets[t] == TrainingBatch.Ignored)
                {
                    Assert.Equal((TrainingBatch.Padding, 1), (batch.Documents![t], batch.Ids[t]));
                    continue;
                }
                targets[batch.Targets[t]]++;
                bool begins = t == 0 || batch.Documents?[t] != batch.Documents?[t - 1];
                documents += begins ? 1 : 0;
                // A target is the next token of the same document, and positions go along.
                if (!begins)
                    Assert.Equal(batch.Targets[t - 1], batch.Ids[t]);
                Assert.Equal(begins ? 0 : batch.Positions is null ? t : batch.Positions[t - 1] + 1, batch.Positions is null ? t : batch.Positions[t]);
            }
        }
        Assert.Equal(examples.Count, documents);
        Assert.Equal(data.CountTargets(), targets);
    }

    [Fact]
    public void Packed_rows_are_nearly_full_and_batches_of_like_length_have_little_padding()
    {
        using var data = new Data(documents: 3000);
        static double Padding(ExampleBatches source)
        {
            (long padding, long all) = (0, 0);
            for (int i = 0; i < 40; i++)
            {
                TrainingBatch batch = source.Draw();
                int[] ofRows = [.. (batch.Documents ?? new long[batch.Ids.Length]).Chunk(batch.Length).Select(row => row.Count(number => number == TrainingBatch.Padding))];
                // What the length is rounded up by says nothing of which rows are together.
                padding += ofRows.Sum() - (ofRows.Length * ofRows.Min());
                all += batch.Ids.Length - (ofRows.Length * ofRows.Min());
            }
            return (double)padding / all;
        }
        Assert.InRange(Padding(new(data.Examples("causal"), new(Arrangement.Packed), 8, 1)), 0, 0.03);
        Assert.InRange(Padding(new(data.Examples("causal"), new(Arrangement.Padded), 8, 1)), 0, 0.05);
        Assert.InRange(Padding(new(data.Examples("pairs"), new(Arrangement.Padded), 8, 1)), 0, 0.15);
        // Batches keep their rows of like length in later epochs too, where the number of pairs is no multiple of the rows.
        var later = new ExampleBatches(data.Examples("causal"), new(Arrangement.Padded), 7, 1);
        while (!later.Cursor.Contains("\"Epoch\":2", StringComparison.Ordinal))
            later.Draw();
        Assert.InRange(Padding(later), 0, 0.05);
    }

    /// <summary>The loss of held-out examples does not depend on how they lie in rows: the model keeps them apart, and padding counts for nothing.</summary>
    [Theory]
    [InlineData("causal", "like Gemma")]
    [InlineData("prefix", "causal")]
    [InlineData("prefix", "buckets, window")]
    [InlineData("masked", "encoder's head 0")]
    [InlineData("spans", "like T5")]
    [InlineData("denoising", "like the first Transformer")]
    [InlineData("pairs", "like T5")]
    public void Evaluation_of_packed_rows_equals_that_of_padded_rows(string objective, string spec)
    {
        using var data = new Data(documents: 30);
        using TrainableModel model = SampleInput.RandomModel(MechanismSpecs.All[spec]).Model;
        (double Loss, long Targets) Evaluate(Arrangement arrangement)
        {
            (double loss, long targets) = (0, 0);
            foreach (TrainingBatch batch in new ExampleSet(data.Examples(objective), new(arrangement)).Batches(long.MaxValue, 8))
            {
                using var scope = TorchSharp.torch.NewDisposeScope();
                loss += TokenLoss.Loss(model, batch, Precision.Float32);
                targets += batch.TargetCount;
            }
            return (loss, targets);
        }
        ((double packed, long targets), (double padded, long same)) = (Evaluate(Arrangement.Packed), Evaluate(Arrangement.Padded));
        Assert.InRange(packed / padded, 1 - 1e-5, 1 + 1e-5);
        Assert.Equal(targets, same);
    }

    [Fact]
    public void A_short_evaluation_comes_from_all_over_the_data()
    {
        using var folder = new TemporaryFolder();
        using (var writer = TokenShardWriter.Create(folder.File("numbered"), 3001))
        {
            for (int d = 1; d <= 3000; d++)
                writer.Add([.. Enumerable.Repeat(d, 2 + (d % 9))], 1);
            writer.Complete();
        }
        using TokenShard shard = TokenShard.Open(folder.File("numbered"));
        var examples = new DocumentExamples(shard, new CausalText(), 16);
        foreach (Arrangement arrangement in Enum.GetValues<Arrangement>())
        {
            var set = new ExampleSet(examples, new(arrangement));
            TrainingBatch[] batches = [.. set.Batches(40, 16)];
            Assert.Equal([16, 16, 8], batches.Select(batch => batch.Rows));
            long[] seen = [.. batches.SelectMany(batch => batch.Ids).Where(id => id > 0).Distinct().Order()];
            Assert.InRange(seen[0], 1, 200);
            Assert.InRange(seen[^1], 2800, 3000);
            Assert.Equal(batches.SelectMany(batch => batch.Ids), new ExampleSet(examples, new(arrangement)).Batches(40, 16).SelectMany(batch => batch.Ids));
        }
    }

    [Fact]
    public void A_resumed_run_over_packed_documents_equals_an_unbroken_one_bit_for_bit()
    {
        using var data = new Data();
        using var folder = new TemporaryFolder();
        TrainingPlan plan = SmallModels.Plan(10);
        double[] Run(string state, int stopAt)
        {
            using var model = new TrainableModel(SmallModels.Llama(), seed: 7);
            using var trainer = new Trainer(model, new ExampleBatches(data.Examples("causal"), new(Arrangement.Packed), 4, 9),
                new ExampleSet(data.Examples("causal"), new(Arrangement.Packed)), plan);
            if (File.Exists(folder.File(state)))
                trainer.Resume(folder.File(state), "f");
            using var stop = new CancellationTokenSource();
            trainer.Run(folder.File(state), "f", snapshot => { if (snapshot.Step == stopAt) stop.Cancel(); }, stop.Token);
            return [.. trainer.History.SelectMany(record => new[] { record.Loss, record.GradientNorm, record.ValidationLoss })];
        }
        double[] unbroken = Run("a", 0);
        Run("b", 4);
        Assert.Equal(unbroken, Run("b", 0));
    }

    /// <summary>Texts that count upwards: whatever is masked, taken out or to be continued is certain from its neighbours.</summary>
    [Theory]
    [InlineData("masked", "bidirectional", 2.2)]
    [InlineData("spans", "like T5", 1.5)]
    [InlineData("denoising", "like the first Transformer", 1.5)]
    [InlineData("prefix", "buckets", 1.5)]
    public void Every_objective_teaches_a_simple_pattern(string objective, string spec, double most)
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = SmallModels.Shard(folder.FullName, "text", vocabulary: 30);
        Examples examples = objective switch
        {
            "masked" => new DocumentExamples(shard, new MaskedText(30, 30) { Share = 0.3 }, 16),
            "spans" => new DocumentExamples(shard, new SpanCorruption(Vocabulary - 1, 5, 30, 31), 16),
            "denoising" => new DocumentExamples(shard, new Denoising(30, 31, 31), 16),
            _ => new DocumentExamples(shard, new PrefixText(), 16),
        };
        TrainingPlan plan = SmallModels.Plan(220) with { BatchSize = 8, WindowsPerPass = 8, Schedule = new WarmupCosine(1e-2, 1e-3, 10, 220), EvaluateEvery = 1000 };
        ModelSpec described = MechanismSpecs.All[spec];
        if (objective == "masked")
            described = described with { Head = new HeadSpec.MaskedLanguageModel(TiedEmbedding: true, Activation.Gelu, new NormSpec.LayerNorm(1e-5, Bias: true)) };
        using var model = new TrainableModel(described, seed: 7);
        using var trainer = new Trainer(model, new ExampleBatches(examples, new(Arrangement.Packed), 8, 9), new ExampleSet(examples, new(Arrangement.Packed)), plan);
        trainer.Run(folder.File("state"), "f", null, CancellationToken.None);
        Assert.InRange(trainer.History[0].Loss, 3.3, 4.2); // ln 37 = 3.6
        // Without a look at the neighbours, ln 30 = 3.4; 2.3 of spans, a third of whose targets are sentinels and ends.
        Assert.InRange(trainer.History[^1].ValidationLoss, 0, most);
    }

    [Fact]
    public void Pairs_are_framed_and_those_too_long_left_out_and_counted()
    {
        using var folder = new TemporaryFolder();
        using TokenShard source = Data.Write(folder, "s", [[1, 2, 3], [4, 5, 6, 7, 8], [9], [10, 2]]), target = Data.Write(folder, "t", [[11, 12], [13], [14, 15, 16, 17], [18, 2]]);
        var pairs = new ParallelDocuments(source, target, new(Length: 4, SourceLength: 5, StartId: 0, EndId: 2));
        Assert.Equal((2, 2), (pairs.Count, pairs.LeftOut));
        Example first = pairs.Make(0, new(0, 0, 0)), last = pairs.Make(1, new(0, 0, 0));
        Assert.Equal([1, 2, 3, 2], first.SourceIds!);
        Assert.Equal([11, 12, 2], first.Targets);
        Assert.Equal([0, 11, 12], first.Ids);
        Assert.Equal([10, 2], last.SourceIds!);
        Assert.Equal([0, 18], last.Ids);
        Assert.Contains("fits", Assert.Throws<ArgumentException>(() => new ParallelDocuments(source, target, new(1, 1, 0, 2))).Message, StringComparison.Ordinal);
        using TokenShard fewer = Data.Write(folder, "u", [[1]]);
        Assert.Contains("correspond", Assert.Throws<ArgumentException>(() => new ParallelDocuments(source, fewer, new(4, 5, 0, 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Places_of_other_data_and_damaged_ones_are_refused()
    {
        using var data = new Data();
        var source = new ExampleBatches(data.Examples("causal"), new(Arrangement.Packed), 4, 9);
        string place = source.Cursor;
        Assert.Contains("same data", Assert.Throws<ArgumentException>(() => new ExampleBatches(data.Examples("masked"), new(Arrangement.Packed), 4, 9).Cursor = place).Message, StringComparison.Ordinal);
        foreach (string bad in new[] { "", "null", "{}", place.Replace("\"Row\":0", "\"Row\":-1"), place.Replace("\"Row\":0", "\"Row\":99999"), place.Replace("\"Group\":0", "\"Group\":9999") })
            Assert.Throws<ArgumentException>(() => source.Cursor = bad);
        Assert.Equal(place, source.Cursor);
        using var folder = new TemporaryFolder();
        using TokenShard tiny = Data.Write(folder, "tiny", [[1], [2]]);
        Assert.Contains("2 tokens or more", Assert.Throws<ArgumentException>(() => new DocumentExamples(tiny, new CausalText(), 8)).Message, StringComparison.Ordinal);
    }

    /// <summary>Two shards of documents of random lengths, most of them short.</summary>
    private sealed class Data : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly TokenShard _source;
        private readonly TokenShard _target;
        private readonly int[][] _documents;

        public Data(int documents = 150)
        {
            var random = new Random(8);
            int[][] Draw() => [.. Enumerable.Range(0, documents).Select(_ => Enumerable.Range(0, random.Next(1, random.Next(3, 40))).Select(_ => random.Next(3, Vocabulary - 8)).ToArray())];
            _documents = Draw();
            _source = Write(_folder, "source", _documents);
            _target = Write(_folder, "target", Draw());
        }

        public Examples Examples(string kind) => kind switch
        {
            "causal" => new DocumentExamples(_source, new CausalText(), 16),
            "prefix" => new DocumentExamples(_source, new PrefixText(), 16),
            "masked" => new DocumentExamples(_source, new MaskedText(30, Vocabulary) { BeginId = 1, EndId = 2 }, 16),
            "spans" => new DocumentExamples(_source, new SpanCorruption(Vocabulary - 1, 6, 0, 1), 20),
            "denoising" => new DocumentExamples(_source, new Denoising(30, 2, 2), 20),
            _ => new ParallelDocuments(_source, _target, new(20, 20, 0, 2)),
        };

        /// <summary>How often each id is another's successor in its document.</summary>
        public int[] CountTargets()
        {
            int[] counts = new int[Vocabulary];
            foreach (int id in _documents.SelectMany(document => document.Skip(1)))
                counts[id]++;
            return counts;
        }

        public static TokenShard Write(TemporaryFolder folder, string name, int[][] documents)
        {
            using (var writer = TokenShardWriter.Create(folder.File(name), Vocabulary))
            {
                foreach (int[] document in documents)
                    writer.Add(document, document.Length);
                writer.Complete();
            }
            return TokenShard.Open(folder.File(name));
        }

        public void Dispose()
        {
            _source.Dispose();
            _target.Dispose();
            _folder.Dispose();
        }
    }
}
