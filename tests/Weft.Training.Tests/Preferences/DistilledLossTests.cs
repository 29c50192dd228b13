using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Runs;
using Weft.Training.Tests.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Preferences;

/// <summary>Against (1 - α)·CE + α·T²·KL(teacher‖student), differentiated by torch in fp64.</summary>
public class DistilledLossTests
{
    /// <summary>Sums in fp32 of some tens of terms of unit size.</summary>
    private const double Tolerance = 1e-5;

    /// <summary>Probabilities of one model by two paths differ by their rounding, 6e-8 of numbers of unit size.</summary>
    private const double Zero = 1e-6;

    private const int Vocabulary = 61, Rows = 3, Length = 12;

    public static TheoryData<string, int, double, double> Losses => new() { { "llama", 1, 2, 0.5 }, { "llama", 3, 2, 0.5 }, { "gpt2", 1, 1, 0.3 }, { "large", 1, 3, 1 }, { "large", 2, 3, 1 }, { "like Gemma", 1, 1.5, 0.7 } };

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_and_gradients_equal_those_of_autograd_in_fp64(string name, int teachers, double temperature, double share)
    {
        ModelSpec spec = Spec(name);
        using TrainableModel exact = SampleInput.RandomModel(spec).Model, plain = SampleInput.RandomModel(spec).Model;
        // Another family, another width, and a table with rows that no token has.
        TrainableModel[] taught = [.. Enumerable.Range(0, teachers).Select(i => Taught(spec.VocabularySize + 3, spec.ContextLength, seed: 9 + i))];
        var teacher = new Teacher(taught) { Temperature = temperature, Share = share };
        using var scope = NewDisposeScope();
        TrainingBatch batch = Batch(spec.VocabularySize, name == "large" ? 200 : Length);
        double weight = 1.0 / batch.TargetCount;
        double loss = DistilledLoss.ForwardBackward(exact, teacher, batch, Precision.Float32, (weight, null)) * weight;
        (Tensor reference, Tensor divergence) = Formula(plain, teacher, batch);
        reference.backward();
        Assert.Equal(reference.item<double>(), loss, Tolerance * Math.Max(1, loss));
        Assert.Equal(divergence.item<double>(), DistilledLoss.Divergence(exact, teacher, batch, Precision.Float32), Tolerance);
        Close(plain, exact);
        Assert.All(taught.SelectMany(one => one.Stores).SelectMany(store => store.Kept), kept => Assert.Null(kept.grad));
        Array.ForEach(taught, one => one.Dispose());
    }

    [Fact]
    public void Of_a_copy_of_the_teacher_divergence_and_gradients_are_0()
    {
        using TrainableModel student = SampleInput.RandomModel(SmallModels.Llama()).Model, copy = SampleInput.RandomModel(SmallModels.Llama()).Model;
        var teacher = new Teacher(copy) { Share = 1 };
        using var scope = NewDisposeScope();
        TrainingBatch batch = Batch(Vocabulary, Length);
        Assert.Equal(0, DistilledLoss.ForwardBackward(student, teacher, batch, Precision.Float32, (1.0 / batch.TargetCount, null)) / batch.TargetCount, Zero);
        Assert.Equal(0, DistilledLoss.Divergence(student, teacher, batch, Precision.Float32), Zero);
        foreach (TrainableParameter parameter in student.Parameters)
            Assert.True(parameter.Tensor.grad!.abs().max().item<float>() < Zero, parameter.Name);
    }

    [Fact]
    public void Gradients_do_not_depend_on_how_a_batch_is_split()
    {
        using TrainableModel whole = SampleInput.RandomModel(SmallModels.Gpt2()).Model, split = SampleInput.RandomModel(SmallModels.Gpt2()).Model, taught = Taught(Vocabulary, 16);
        var teacher = new Teacher(taught);
        using var scope = NewDisposeScope();
        TrainingBatch batch = Batch(Vocabulary, Length);
        double weight = 1.0 / batch.TargetCount, loss = DistilledLoss.ForwardBackward(whole, teacher, batch, Precision.Float32, (weight, null));
        double parts = DistilledLoss.ForwardBackward(split, teacher, batch.Slice(0, 2), Precision.Float32, (weight, null)) + DistilledLoss.ForwardBackward(split, teacher, batch.Slice(2, 1), Precision.Float32, (weight, null));
        Assert.Equal(loss, parts, Tolerance * loss);
        Close(whole, split);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_classifier_learns_the_labels_and_what_its_teachers_say(int teachers)
    {
        const int labels = 3;
        using TrainableModel exact = SampleInput.RandomModel(Classifier(16, labels)).Model, plain = SampleInput.RandomModel(Classifier(16, labels)).Model, taught = SampleInput.RandomModel(Classifier(32, labels)).Model, narrow = SampleInput.RandomModel(Classifier(8, labels)).Model;
        var teacher = new Teacher(teachers == 1 ? [taught] : [taught, narrow]) { Temperature = 3, Share = 0.4 };
        using var scope = NewDisposeScope();
        TrainingBatch batch = Batch(Vocabulary, Length);
        batch = batch with { Targets = [.. batch.Targets.Select((_, i) => i % Length == 0 ? i / Length % labels : TrainingBatch.Ignored)] };
        var options = new LabelLossOptions(LabelKind.One, labels);
        double loss = LabelLoss.ForwardBackward(exact, batch, Precision.Float32, 1.0 / Rows, options, null, teacher) / Rows;
        Tensor Logits(TrainableModel of) => of.Outputs(new(tensor(batch.Ids, [Rows, Length])), ScalarType.Float64);
        Tensor logits = Logits(plain);
        Tensor hard = nn.functional.cross_entropy(logits, tensor([.. Enumerable.Range(0, Rows).Select(row => (long)row % labels)], ScalarType.Int64));
        Tensor reference = hard.Times(0.6).Plus(Divergence(logits, teacher.Models.Select(one => Logits(one).detach()), 3).mean().Times(0.4 * 9));
        reference.backward();
        Assert.Equal(reference.item<double>(), loss, Tolerance);
        Close(plain, exact);
        Assert.All(taught.Parameters, parameter => Assert.Null(parameter.Tensor.grad));
    }

    private static ModelSpec Spec(string name) => name switch
    {
        "llama" => SmallModels.Llama(),
        "gpt2" => SmallModels.Gpt2(),
        "large" => SmallModels.Llama(vocabulary: 8192, context: 256, tied: false),
        _ => MechanismSpecs.All[name],
    };

    private static ModelSpec Classifier(int width, int labels) => Derivation.ToSpec(Derivation.Resolve(new()
    {
        Model = new() { Architecture = "gpt2", Layers = 1, Width = width, Heads = 4, Context = Length },
        Task = new() { Labels = [.. Enumerable.Range(0, labels).Select(label => $"{label}")] },
    }).Recipe, Vocabulary);

    /// <summary>Frozen as a run freezes it.</summary>
    private static TrainableModel Taught(int vocabulary, int context, int seed = 9)
    {
        ModelSpec spec = Derivation.ToSpec(Derivation.Resolve(new() { Model = new() { Architecture = "gpt2", Layers = 1, Width = 32, Heads = 4, Context = context } }).Recipe.Model, vocabulary);
        var model = new TrainableModel(spec, seed: 3, adapter: new() { Rank = 1, Alpha = 1, Modules = new HashSet<string>() });
        Assert.Empty(model.Parameters);
        var random = new Random(seed);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
            model.Write(parameter, [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => random.NextSingle() - 0.4f)]);
        return model;
    }

    private static TrainingBatch Batch(int vocabulary, int length)
    {
        var random = new Random(5);
        long[] Draw() => [.. Enumerable.Range(0, Rows * length).Select(_ => random.NextInt64(vocabulary))];
        return new() { Rows = Rows, Length = length, Ids = Draw(), Targets = [.. Draw().Select((id, i) => i % 4 == 1 ? TrainingBatch.Ignored : id)] };
    }

    private static (Tensor Loss, Tensor Divergence) Formula(TrainableModel model, Teacher teacher, TrainingBatch batch)
    {
        TensorInput input = TensorInput.Of(batch, CPU);
        Tensor target = tensor(batch.Targets), taught = target.ge(0).nonzero().squeeze(1);
        Tensor Logits(TrainableModel of) => of.Outputs(input, ScalarType.Float64).view(batch.Targets.Length, -1).index_select(0, taught);
        Tensor logits = Logits(model);
        Tensor divergence = Divergence(logits, teacher.Models.Select(one => Logits(one).detach().narrow(1, 0, model.Spec.VocabularySize)), teacher.Temperature).mean();
        Tensor hard = nn.functional.cross_entropy(logits, target.index_select(0, taught));
        return (hard.Times(1 - teacher.Share).Plus(divergence.Times(teacher.Share * teacher.Temperature * teacher.Temperature)), divergence.detach());
    }

    /// <summary>Σ q·log(q / p) of each row, q the mean of the others' probabilities.</summary>
    private static Tensor Divergence(Tensor logits, IEnumerable<Tensor> others, double temperature)
    {
        Tensor p = special.softmax(logits.Times(1 / temperature), 1), q = stack([.. others.Select(each => special.softmax(each.Times(1 / temperature), 1))]).mean([0]);
        return (q * (q / p).log()).sum(1);
    }

    private static void Close(TrainableModel expected, TrainableModel actual)
    {
        foreach ((TrainableParameter a, TrainableParameter b) in expected.Parameters.Zip(actual.Parameters))
        {
            float error = (a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>(), greatest = a.Tensor.grad!.abs().max().item<float>();
            Assert.True(error < Tolerance * Math.Max(1, greatest), $"{a.Name}: {error} of {greatest}");
        }
    }
}
