using Weft.Training.Tests.Runs;
using Weft.Training.Tests.Runs.Checkpoints;

namespace Weft.Training.Tests;

/// <summary>The tests' entry point, or that of a run which they kill or measure.</summary>
internal static class Program
{
    public static int Main(string[] args) =>
        args is [SmallRun.Argument, .. var run] ? SmallRun.RunAlone(run)
        : args is [MeasuredRun.Argument, .. var measured] ? MeasuredRun.RunAlone(measured)
        : args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions).GetAwaiter().GetResult()
            : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult();
}
