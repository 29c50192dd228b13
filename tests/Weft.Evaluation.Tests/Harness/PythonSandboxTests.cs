using System.Diagnostics;
using Weft.Evaluation.Harness;
using Weft.Evaluation.Harness.Code;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>Programs that nobody has read: what passes, and what they cannot do.</summary>
public sealed class PythonSandboxTests
{
    /// <summary>Programs that are to end at once get more than they need on a busy machine.</summary>
    private static readonly CodeLimits Limits = new() { Time = TimeSpan.FromSeconds(60) };

    [Fact]
    public void Each_published_solution_passes_its_test_and_nothing_passes_without_one()
    {
        using PythonSandbox sandbox = Open(Limits);
        EvaluationTask task = TaskCatalog.FindTask("humaneval")!;
        Question.Generation[] questions = [.. task.Read(TestAssets.Require("datasets/humaneval/HumanEval.jsonl.gz")).Select(row => (Question.Generation)task.Ask(row))];
        Assert.Equal(164, questions.Length);
        var solved = new CodeOutcome[questions.Length];
        var empty = new CodeOutcome[questions.Length];
        Parallel.For(0, questions.Length, new() { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            solved[i] = sandbox.Run(questions[i].Program!(questions[i].Answer));
            empty[i] = sandbox.Run(questions[i].Program!("    pass\n"));
        });
        Assert.All(solved, outcome => Assert.Equal(new(true, ""), outcome));
        Assert.All(empty, outcome => Assert.False(outcome.Passed));
        Assert.Contains(empty, outcome => outcome.Problem == "AssertionError");
    }

    [Theory]
    [InlineData("assert 1 + 1 == 3", "AssertionError")]
    [InlineData("import sys\nsys.exit(0)", "it left before its end, with code 0")]
    [InlineData("import os\nos._exit(3)", "it left before its end, with code 3")]
    [InlineData("def f(:", "SyntaxError: invalid syntax")]
    [InlineData("input()", "EOFError: EOF when reading a line")]
    [InlineData("bytearray(2 << 30)", "MemoryError")]
    [InlineData("import socket\nsocket.create_connection(('127.0.0.1', 80), 1)", "Network is unreachable|Connection refused")]
    [InlineData("open('/tmp/weft-code-test', 'w')", "Read-only file system")]
    [InlineData("import os\nos.remove('/etc/hostname')", "Read-only file system|Permission denied")]
    [InlineData("open('x', 'wb').write(bytes(1 << 26))", "No space left on device|File too large")]
    [InlineData("import os\nos.kill(2, 9)", "No such process")]
    public void What_goes_wrong_is_told(string program, string problem)
    {
        using PythonSandbox sandbox = Open(Limits);
        CodeOutcome outcome = sandbox.Run(program);
        Assert.False(outcome.Passed);
        Assert.Contains(problem.Split('|'), part => outcome.Problem.Contains(part, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("print('x' * (1 << 22))")]
    [InlineData("print('no line end', end='')")]
    [InlineData("open('here', 'w').write('a')\nassert open('here').read() == 'a'")]
    [InlineData("import os\nassert set(os.environ) <= {'PATH', 'HOME', 'LANG', 'PYTHONIOENCODING', 'PWD', 'OLDPWD', 'SHLVL', '_', 'LC_CTYPE'} or any(name.startswith('PYENV') for name in os.environ)")]
    [InlineData("assert 'ä€𝄞'.encode() == b'\\xc3\\xa4\\xe2\\x82\\xac\\xf0\\x9d\\x84\\x9e'")]
    public void A_program_that_comes_to_its_end_passes(string program)
    {
        using PythonSandbox sandbox = Open(Limits);
        Assert.Equal(new(true, ""), sandbox.Run(program));
    }

    [Theory]
    [InlineData("while True: pass")]
    [InlineData("import time\ntime.sleep(1000)")]
    [InlineData("import os, time\nos.fork()\nos.setsid()\ntime.sleep(1000)")]
    [InlineData("import time\nwhile True: print('x' * 1000)")]
    public void A_program_without_end_is_ended_with_all_that_it_began(string program)
    {
        using PythonSandbox sandbox = Open(Limits with { Time = TimeSpan.FromSeconds(2) });
        Assert.Equal("no end within 2 s", sandbox.Run(program).Problem);
    }

    [Fact]
    public void A_cancelled_evaluation_ends_the_program()
    {
        using PythonSandbox sandbox = Open(Limits);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        Assert.Throws<OperationCanceledException>(() => sandbox.Run("while True: pass", stop.Token));
    }

    [Fact]
    public void Programs_run_only_where_it_is_allowed()
    {
        using StoryModel model = StoryModel.Open();
        EvaluationOptions options = new() { DataFolder = TestAssets.Require("datasets"), Limit = 3 };
        Assert.Contains("allow it with AllowCode", Assert.Throws<ArgumentException>(() => new Evaluator(model.Ask(), options).Run(["humaneval"])).Message, StringComparison.Ordinal);
        Open(Limits).Dispose();
        // The model's context is short.
        EvaluationTask task = TaskCatalog.FindTask("humaneval")!, brief = task with { Ask = row => (Question.Generation)task.Ask(row) with { MaximumTokens = 20 } };
        TaskResult result = new Evaluator(model.Ask(), options with { AllowCode = true, CodeLimits = Limits }).Run([brief]).Tasks[0];
        // It tells stories.
        Assert.Equal((3, 0.0), (result.Rows, Assert.Single(result.Scores).Estimate.Value));
        Assert.All(result.Examples, example => Assert.False(string.IsNullOrEmpty(example.Outcome!.Problem)));
    }

    private static PythonSandbox Open(CodeLimits limits)
    {
        try
        {
            return PythonSandbox.Open(limits);
        }
        catch (PlatformNotSupportedException e)
        {
            Assert.Skip(e.Message);
            throw new UnreachableException();
        }
    }
}
