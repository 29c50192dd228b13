using System.Diagnostics;

using Weft.Training.Runs.Checkpoints;

namespace Weft.Training.Tests.Runs.Checkpoints;

public class KilledRunTests
{
    private const int Kills = 50;

    /// <summary>More than the killed processes get done together, so that each is killed in the middle of its work.</summary>
    private const int Steps = 300;

    /// <summary>Most steps that a process does before the one it is killed in.</summary>
    private const int MostSteps = 4;

    [Fact]
    public void A_run_that_is_killed_fifty_times_equals_an_unbroken_one_bit_for_bit()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGKILL");
        using var whole = new TemporaryFolder();
        using var broken = new TemporaryFolder();
        using var unbroken = new SmallRun(whole.FullName, Steps);
        Assert.True(unbroken.Trainer.Run(SmallRun.Checkpoints(whole.FullName), "f", null, CancellationToken.None));
        // The data are there before the first process, as those of a run are.
        using (new SmallRun(broken.FullName, Steps))
        {
        }

        var random = new Random(20);
        string folder = SmallRun.Checkpoints(broken.FullName);
        int whileWriting = 0, advanced = 0;
        string? newest = null;
        Process next = SmallRun.Start(broken.FullName, Steps);
        for (int kill = 0; kill < Kills; kill++)
        {
            Process victim = next;
            // The next one starts while this one works: starting takes much longer than a life.
            next = SmallRun.Start(broken.FullName, Steps);
            KillWithin(victim, random);
            whileWriting += Directory.Exists(folder) && Directory.GetFiles(folder, "*.tmp").Length > 0 ? 1 : 0;
            string? reached = CheckpointFolder.Newest(folder);
            Assert.True(string.CompareOrdinal(reached, newest) >= 0, $"{reached} came after {newest}");
            advanced += reached != newest ? 1 : 0;
            newest = reached;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{whileWriting} of {Kills} were killed while they wrote a state, {advanced} had saved; last {Path.GetFileName(newest)}");
        using (next)
            Finish(next);

        using var resumed = new SmallRun(broken.FullName, Steps);
        Assert.True(resumed.Trainer.Resume(folder, "f"));
        Assert.Equal(Steps, resumed.Trainer.Step);
        Assert.Equal(unbroken.HistoryBits, resumed.HistoryBits);
        Assert.Equal(unbroken.WeightBits, resumed.WeightBits);
        Assert.Equal(unbroken.Trainer.Best, resumed.Trainer.Best);
        Assert.Equal(unbroken.Trainer.Skipped, resumed.Trainer.Skipped);
        Assert.True(unbroken.Trainer.Skipped > 0, "nothing was skipped, so skipping was not tested");
        // Lives that never saved, or never were in the middle of it, would prove little.
        Assert.True(whileWriting > 0 && advanced > Kills / 4, $"{whileWriting} processes were killed while they wrote a state, and only {advanced} of {Kills} processes saved a state before they were killed");
        Assert.Empty(Directory.GetFiles(folder, "*.tmp"));
    }

    [Fact]
    public void A_full_disk_ends_the_run_with_its_reason_and_leaves_what_was_saved()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs ulimit -f");
        const int ShortRun = 30;
        using var folder = new TemporaryFolder();
        using var whole = new TemporaryFolder();
        using var unbroken = new SmallRun(whole.FullName, ShortRun);
        unbroken.Trainer.Run(SmallRun.Checkpoints(whole.FullName), "f", null, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        using (var first = new SmallRun(folder.FullName, ShortRun))
            Assert.False(first.Trainer.Run(SmallRun.Checkpoints(folder.FullName), "f", s => { if (s.Step == 10) stop.Cancel(); }, stop.Token));
        string newest = CheckpointFolder.Newest(SmallRun.Checkpoints(folder.FullName))!;
        byte[] saved = File.ReadAllBytes(newest);

        // Half of what the next state needs.
        using (Process limited = SmallRun.StartLimited(folder.FullName, ShortRun, kilobytes: saved.Length / 2 / 1024))
        {
            string message = limited.StandardError.ReadToEnd();
            limited.WaitForExit();
            Assert.Equal(1, limited.ExitCode);
            Assert.Contains("cannot be saved", message, StringComparison.Ordinal);
            Assert.Contains($"{Path.GetFileName(newest)} is kept; make room, then resume", message, StringComparison.Ordinal);
        }
        Assert.Equal(saved, File.ReadAllBytes(newest));
        Assert.Empty(Directory.GetFiles(SmallRun.Checkpoints(folder.FullName), "*.tmp"));

        using var resumed = new SmallRun(folder.FullName, ShortRun);
        Assert.True(resumed.Trainer.Resume(SmallRun.Checkpoints(folder.FullName), "f"));
        Assert.True(resumed.Trainer.Run(SmallRun.Checkpoints(folder.FullName), "f", null, CancellationToken.None));
        Assert.Equal(unbroken.HistoryBits, resumed.HistoryBits);
        Assert.Equal(unbroken.WeightBits, resumed.WeightBits);
    }

    /// <summary>Kills a process at a random instant of a random step, or while it opens the folder; how long a step takes is measured, for it depends on what else the machine does.</summary>
    private static void KillWithin(Process victim, Random random)
    {
        using (victim)
        {
            Assert.Equal(SmallRun.Ready, victim.StandardOutput.ReadLine());
            victim.StandardInput.WriteLine();
            victim.StandardInput.Flush();
            // To open the folder and to do the first step takes some tens of milliseconds; a later step some.
            TimeSpan longest = TimeSpan.FromMilliseconds(40);
            for (int step = random.Next(MostSteps + 1); step > 0; step--)
            {
                long began = Stopwatch.GetTimestamp();
                Assert.Equal(SmallRun.Saved, victim.StandardOutput.ReadLine());
                longest = Stopwatch.GetElapsedTime(began);
            }
            TimeSpan rest = longest * random.NextDouble();
            // Sleeping is too coarse for a random instant.
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < rest;)
                Thread.Yield();
            victim.Kill();
            victim.WaitForExit();
            Assert.True(victim.ExitCode != 0, "the run ended before it could be killed");
        }
    }

    private static void Finish(Process last)
    {
        Assert.Equal(SmallRun.Ready, last.StandardOutput.ReadLine());
        last.StandardInput.WriteLine();
        last.StandardInput.Flush();
        string rest = last.StandardOutput.ReadToEnd(), error = last.StandardError.ReadToEnd();
        last.WaitForExit();
        Assert.True(rest.EndsWith(SmallRun.Done + Environment.NewLine, StringComparison.Ordinal), error);
    }
}
