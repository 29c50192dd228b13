using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Tests.Kernels;

/// <summary>The same checks in a child process with wide instructions switched off, so that the fall-backs do not rot.</summary>
public sealed class VectorWidthTests
{
    [Theory]
    [InlineData(256, "DOTNET_EnableAVX512", "DOTNET_EnableAVX512F")]
    [InlineData(256, "DOTNET_EnableAVX512", "DOTNET_EnableAVX512F", "DOTNET_EnableAVXVNNI")]
    [InlineData(128, "DOTNET_EnableAVX2")]
    [InlineData(0, "DOTNET_EnableHWIntrinsic")]
    public async Task Narrower_machines_pass_the_same_checks(int widestBits, params string[] switchedOff)
    {
        string program = Path.Combine(AppContext.BaseDirectory, typeof(VectorWidthTests).Assembly.GetName().Name! + (OperatingSystem.IsWindows() ? ".exe" : ""));
        Type[] checks = [typeof(KernelTests), typeof(PanelTests), typeof(FewRowTests), typeof(CachePageTests), typeof(ReferenceTests), typeof(SequenceTests), typeof(GoldenTests), typeof(WidestVectorTests)];
        var start = new ProcessStartInfo(program, checks.SelectMany(check => new[] { "-class", check.FullName! }))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in switchedOff)
            start.Environment[name] = "0";
        start.Environment[WidestVectorTests.Variable] = widestBits.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using Process child = Process.Start(start)!;
        CancellationToken ct = TestContext.Current.CancellationToken;
        Task<string> errors = child.StandardError.ReadToEndAsync(ct);
        string output = await child.StandardOutput.ReadToEndAsync(ct);
        await child.WaitForExitAsync(ct);
        Assert.True(child.ExitCode == 0, $"exit code {child.ExitCode} without {string.Join(", ", switchedOff)}\n{output}\n{await errors}");
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
    }
}

/// <summary>Shows in the child process that the switches took effect.</summary>
public sealed class WidestVectorTests
{
    public const string Variable = "WEFT_TEST_WIDEST_VECTOR_BITS";

    [Fact]
    public void No_vector_is_wider_than_the_parent_process_permits()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(Variable), out int permitted))
            return;
        int widest = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;
        Assert.InRange(widest, 0, permitted);
    }
}
