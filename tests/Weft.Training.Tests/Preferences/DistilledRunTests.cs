using Weft.Model.Checkpoints;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Preferences;

/// <summary>Runs beside a teacher.</summary>
public class DistilledRunTests
{
    [Fact]
    public void A_student_learns_from_a_teacher_and_a_stopped_run_goes_on_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        RunResult teacher = Start(SmallRecipe.Of(folder) with { Seed = 5 }, folder.File("teacher"), out _);
        Recipe recipe = Student(folder, teacher.Folder.ModelFolder);
        recipe = recipe with { Training = recipe.Training with { Steps = 10, SaveEvery = 3, WindowsPerPass = 3, Objective = new() { Teacher = teacher.Folder.Path } } };
        RunResult whole = Start(recipe, folder.File("whole"), out RunWatcher watcher);
        Assert.Contains(watcher.Lines, line => line.StartsWith("50 % of the loss is a teacher's", StringComparison.Ordinal) && line.EndsWith("at temperature 2", StringComparison.Ordinal));
        Assert.Equal((2.0, 0.5), (whole.Recipe.Training.Objective.Temperature, whole.Recipe.Training.Objective.TeacherShare));
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = step => { if (step.Step == 5) stop.Cancel(); } }, stop.Token));
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(whole.History.Select(step => (step.Loss, step.ValidationLoss)), resumed.History.Select(step => (step.Loss, step.ValidationLoss)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Folder.ModelFolder, "model.safetensors")), File.ReadAllBytes(Path.Combine(broken.ModelFolder, "model.safetensors")));

        // Without the teacher it is another run, with other losses.
        RunResult alone = Start(recipe with { Training = recipe.Training with { Objective = new() } }, folder.File("alone"), out _);
        Assert.NotEqual(whole.History[^1].Loss, alone.History[^1].Loss);
        // A teacher with other weights is another one.
        Directory.Move(teacher.Folder.Path, folder.File("moved"));
        Start(SmallRecipe.Of(folder) with { Seed = 6, Tokenizer = new() { File = Path.Combine(folder.File("moved"), "tokenizer.json") } }, teacher.Folder.Path, out _);
        Assert.Contains("another teacher", Assert.Throws<CheckpointException>(() => TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    /// <summary>All of the loss is the teacher's, who is the model that training begins with: there is nothing to learn.</summary>
    [Fact]
    public void A_copy_of_the_teacher_learns_nothing_from_it()
    {
        using var folder = new TemporaryFolder();
        RunResult teacher = Start(SmallRecipe.Of(folder), folder.File("teacher"), out _);
        Recipe recipe = SmallRecipe.Of(folder) with { Tokenizer = new(), Model = new() { Context = 32 } };
        recipe = recipe with { Training = recipe.Training with { InitFrom = teacher.Folder.ModelFolder, Steps = 3, Precision = Precision.Float32, WeightDecay = 0, Objective = new() { Teacher = teacher.Folder.ModelFolder, TeacherShare = 1 } } };
        RunResult result = Start(recipe, folder.File("copy"), out _);
        // Before its first update, to the rounding of two computations of one thing.
        Assert.Equal(0, result.History[0].Loss, 1e-6);
        Assert.Equal(0, result.History[0].GradientNorm, 1e-5);
    }

    [Fact]
    public void A_classifier_learns_from_another_one_with_the_same_labels()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("rows.tsv"), Enumerable.Range(0, 200).Select(i => $"{i} is {(i % 2 == 0 ? "good" : "bad")}\t{(i % 2 == 0 ? "yes" : "no")}"));
        Recipe recipe = new()
        {
            Threads = 1,
            Task = new() { Files = [folder.File("rows.tsv")], Text = "1", Label = "2", ValidationShare = 0.2, TestShare = 0.2 },
            Tokenizer = new() { Vocabulary = 300 },
            Model = new() { Architecture = "gpt2", Layers = 1, Width = 32, Heads = 4, Context = 24 },
            Training = new() { Steps = 40, Batch = 16, LearningRate = 5e-3, EvaluateEvery = 20, Precision = Precision.Float32 },
        };
        RunResult teacher = Start(recipe, folder.File("teacher"), out _);
        Assert.True(teacher.Test.Labels!.Accuracy > 0.9, $"{teacher.Test.Labels}");
        Recipe student = recipe with
        {
            Tokenizer = new() { File = teacher.Folder.TokenizerFile },
            Model = recipe.Model with { Width = 16 },
            Training = recipe.Training with { Steps = 60, Objective = new() { Teacher = teacher.Folder.Path, TeacherShare = 1, Temperature = 1 } },
        };
        // It sees no label, and learns them, from one teacher or several.
        RunResult result = Start(student, folder.File("student"), out _);
        Assert.True(result.Test.Labels!.Accuracy > 0.9, $"{result.Test.Labels}");
        RunResult second = Start(recipe with { Seed = 7, Tokenizer = student.Tokenizer }, folder.File("second"), out _);
        ObjectiveRecipe both = student.Training.Objective with { Teacher = null, Teachers = [teacher.Folder.ModelFolder, second.Folder.Path] };
        RunResult voted = Start(student with { Training = student.Training with { Objective = both } }, folder.File("voted"), out RunWatcher watcher);
        Assert.True(voted.Test.Labels!.Accuracy > 0.9, $"{voted.Test.Labels}");
        Assert.NotEqual(result.Test.Loss, voted.Test.Loss);
        Assert.Contains(watcher.Lines, line => line.StartsWith("100 % of the loss is the mean of 2 teachers', ", StringComparison.Ordinal));
        string message = Assert.Throws<InvalidDataException>(() => Start(student with { Task = student.Task! with { Labels = ["yes", "no"] } }, folder.File("other"), out _)).Message;
        Assert.Contains("does not have the labels yes, no in this order (it has no, yes)", message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadRecipes => new()
    {
        { "another tokenizer", "has another tokenizer than this run" }, { "too short", "reads at most 32 tokens, but model.context is 64" }, { "no teacher", "training.objective.temperature is 2; there is no teacher" },
        { "smoothing", "training.objective.label-smoothing is 0.1; beside a teacher there is none" }, { "another objective", "it teaches objective causal, and tasks with one label a row, not prefix" },
        { "missing", "there is no such folder or file" }, { "one of several missing", "training.objective.teachers is " }, { "none of several", "training.objective.teachers is empty" },
        { "one and several", "training.objective.teachers is given; there is a teacher already" }, { "an encoder", "holds no decoder that predicts tokens" },
    };

    [Theory]
    [MemberData(nameof(BadRecipes))]
    public void What_does_not_suit_the_student_is_refused_by_name(string what, string message)
    {
        using var folder = new TemporaryFolder();
        RunResult teacher = Start(SmallRecipe.Of(folder) with { Training = new() { Steps = 1, Batch = 4 } }, folder.File("teacher"), out _);
        if (what == "an encoder")
            RandomModels.Write(folder.File("encoder"), "bert", "some text");
        Recipe recipe = Student(folder, teacher.Folder.ModelFolder);
        ObjectiveRecipe objective = recipe.Training.Objective;
        recipe = what switch
        {
            "another tokenizer" => recipe with { Tokenizer = new() { Vocabulary = 300 } },
            "too short" => recipe with { Model = recipe.Model with { Context = 64 } },
            "no teacher" => With(recipe, objective with { Teacher = null, Temperature = 2 }),
            "smoothing" => With(recipe, objective with { LabelSmoothing = 0.1 }),
            "another objective" => With(recipe, objective with { Kind = ObjectiveKind.Prefix }),
            "missing" => With(recipe, objective with { Teacher = folder.File("nowhere") }),
            "one of several missing" => With(recipe, objective with { Teacher = null, Teachers = [teacher.Folder.Path, folder.File("nowhere")] }),
            "none of several" => With(recipe, objective with { Teacher = null, Teachers = [] }),
            "one and several" => With(recipe, objective with { Teachers = [teacher.Folder.Path] }),
            "an encoder" => With(recipe, objective with { Teacher = folder.File("encoder") }),
            _ => recipe,
        };
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Start(recipe, folder.File("run"), out _)).Message, StringComparison.Ordinal);

        static Recipe With(Recipe recipe, ObjectiveRecipe objective) => recipe with { Training = recipe.Training with { Objective = objective } };
    }

    [Fact]
    public void Memory_counts_the_teachers_weights_and_its_logits()
    {
        using var folder = new TemporaryFolder();
        RunResult teacher = Start(SmallRecipe.Of(folder) with { Training = new() { Steps = 1, Batch = 4 } }, folder.File("teacher"), out _);
        Recipe recipe = Student(folder, teacher.Folder.ModelFolder);
        MemoryPlan with = MemoryPlan.Of(recipe, 400, CancellationToken.None), without = MemoryPlan.Of(recipe with { Training = recipe.Training with { Objective = new() } }, 400, CancellationToken.None);
        long weights = Weft.Model.Spec.ModelParameters.Enumerate(teacher.Spec).Sum(parameter => parameter.Count) * sizeof(float);
        Assert.Equal(weights, with.Parts.Single(part => part.Name == "teacher's weights").Bytes);
        Assert.True(with.PeakBytes > without.PeakBytes + weights, $"{with} {without}");
        ObjectiveRecipe both = new() { Teachers = [teacher.Folder.Path, teacher.Folder.ModelFolder] };
        MemoryPlan two = MemoryPlan.Of(recipe with { Training = recipe.Training with { Objective = both } }, 400, CancellationToken.None);
        Assert.Equal(2 * weights, two.Parts.Single(part => part.Name == "teacher's weights").Bytes);
        Assert.True(two.PeakBytes > with.PeakBytes + weights, $"{two} {with}");
    }

    /// <summary>Half as wide as its teacher.</summary>
    private static Recipe Student(TemporaryFolder folder, string teacher)
    {
        Recipe recipe = SmallRecipe.Of(folder);
        return recipe with
        {
            Tokenizer = new() { File = Path.Combine(teacher, "tokenizer.json") },
            Model = recipe.Model with { Width = 16 },
            Training = recipe.Training with { Precision = Precision.Float32, Objective = new() { Teacher = teacher } },
        };
    }

    private static RunResult Start(Recipe recipe, string folder, out RunWatcher watcher) => TrainingRun.Start(recipe, new(folder), watcher = new RunWatcher(), CancellationToken.None)!;
}
