using System.Diagnostics.Metrics;
using System.Text.Json;

using Weft.Training.Logs;

namespace Weft.Training.Tests.Logs;

public class RunLogTests
{
    private const long TokensPerStep = 64;

    [Fact]
    public void The_checksum_of_the_reader_is_that_of_the_standard() =>
        Assert.Equal(0xE3069283u, EventFileReader.Crc32C("123456789"u8));

    [Fact]
    public void Metrics_have_one_object_for_each_step()
    {
        using var folder = new TemporaryFolder();
        Log(folder, [], 1, 3);
        JsonElement[] lines = Metrics(folder);
        Assert.Equal([1, 2, 3], lines.Select(line => line.GetProperty("step").GetInt32()));
        JsonElement second = lines[1];
        Assert.Equal((128L, Loss(2), Rate(2), 4.5, 1000.0, 0.25, 0.001), (second.GetProperty("tokens").GetInt64(), second.GetProperty("loss").GetDouble(),
            second.GetProperty("lr").GetDouble(), second.GetProperty("grad_norm").GetDouble(), second.GetProperty("tokens_per_second").GetDouble(),
            second.GetProperty("step_seconds").GetDouble(), second.GetProperty("data_seconds").GetDouble()));
        Assert.Equal(2.5, second.GetProperty("validation_loss").GetDouble());
        Assert.False(lines[0].TryGetProperty("validation_loss", out _));
        Assert.True(second.GetProperty("time").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(-5));
    }

    [Fact]
    public void A_loss_that_is_no_number_is_null()
    {
        using var folder = new TemporaryFolder();
        using (RunLogs logs = Open(folder, []))
            logs.Report(Snapshot(1) with { Loss = double.NaN, GradientNorm = double.PositiveInfinity }, 0.25, TimeSpan.Zero);
        JsonElement line = Assert.Single(Metrics(folder));
        Assert.Equal(JsonValueKind.Null, line.GetProperty("loss").ValueKind);
        Assert.Equal(JsonValueKind.Null, line.GetProperty("grad_norm").ValueKind);
        Assert.True(float.IsNaN(Events(folder)[1].Scalars["train/loss"]));
    }

    [Fact]
    public void The_event_file_holds_a_version_and_every_scalar()
    {
        using var folder = new TemporaryFolder();
        Log(folder, [], 1, 300);
        List<EventFileReader.Event> events = Events(folder);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal(301, events.Count);
        for (int step = 1; step <= 300; step++)
        {
            EventFileReader.Event e = events[step];
            Assert.Equal((step, null), (e.Step, e.FileVersion));
            Assert.Equal(((float)Loss(step), (float)Rate(step), 4.5f, 1000f, 0.001f),
                (e.Scalars["train/loss"], e.Scalars["learning_rate"], e.Scalars["gradient_norm"], e.Scalars["tokens_per_second"], e.Scalars["data_seconds"]));
            Assert.Equal(step % 2 == 0, e.Scalars.ContainsKey("validation/loss"));
            Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - e.WallTime, -1, 300);
        }
        Assert.Matches(@"^events\.out\.tfevents\.\d{10}\.", Path.GetFileName(EventFile(folder)));
    }

    [Theory]
    [InlineData(7, 4, 0)] // killed after step 7, the state is that of step 4
    [InlineData(7, 7, 0)] // killed at the state
    [InlineData(7, 7, 3)] // and in the middle of a line and a record
    [InlineData(7, 9, 0)] // the state was saved, but steps 8 and 9 were not logged any more
    [InlineData(7, 9, 5)]
    [InlineData(7, 0, 0)] // killed before the first state
    [InlineData(0, 3, 0)] // the logs were deleted, or an older version wrote none
    public void After_a_crash_no_step_is_missing_or_there_twice(int logged, int saved, int torn)
    {
        using var folder = new TemporaryFolder();
        Log(folder, [], 1, logged);
        foreach (string file in torn > 0 ? Directory.GetFiles(folder.FullName) : [])
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^torn]);
        Log(folder, [.. Enumerable.Range(1, saved).Select(Record)], saved + 1, 12);
        Assert.Equal(Enumerable.Range(1, 12), Metrics(folder).Select(line => line.GetProperty("step").GetInt32()));
        Assert.Equal(Enumerable.Range(1, 12).Select(Loss), Metrics(folder).Select(line => line.GetProperty("loss").GetDouble()));
        List<EventFileReader.Event> events = Events(folder);
        Assert.Equal(Enumerable.Range(0, 13).Select(step => (long)step), events.Select(e => e.Step));
        Assert.Equal(Enumerable.Range(1, 12).Select(step => (float)Loss(step)), events.Skip(1).Select(e => e.Scalars["train/loss"]));
        Assert.Equal(["events.out.tfevents", "metrics.jsonl"], folder.Names.Select(name => name.StartsWith(TensorBoardLog.Prefix, StringComparison.Ordinal) ? "events.out.tfevents" : name));
    }

    [Fact]
    public void A_damaged_middle_is_written_again_from_the_history()
    {
        using var folder = new TemporaryFolder();
        Log(folder, [], 1, 6);
        foreach (string file in Directory.GetFiles(folder.FullName))
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes[bytes.Length / 2] ^= 0x80;
            File.WriteAllBytes(file, bytes);
        }
        Log(folder, [.. Enumerable.Range(1, 6).Select(Record)], 7, 8);
        Assert.Equal(Enumerable.Range(1, 8), Metrics(folder).Select(line => line.GetProperty("step").GetInt32()));
        Assert.Equal(Enumerable.Range(0, 9).Select(step => (long)step), Events(folder).Select(e => e.Step));
    }

    [Fact]
    public void Where_the_history_was_lost_the_logs_keep_what_they_have()
    {
        using var folder = new TemporaryFolder();
        Log(folder, [], 1, 7);
        using (RunLogs logs = Open(folder, [], step: 5))
            logs.Report(Snapshot(6), 0.25, TimeSpan.Zero);
        Assert.Equal(Enumerable.Range(1, 6), Metrics(folder).Select(line => line.GetProperty("step").GetInt32()));
    }

    [Fact]
    public void Meters_tell_each_step()
    {
        using var folder = new TemporaryFolder();
        List<(string Name, double Value)> measured = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Weft.Training")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        int thread = Environment.CurrentManagedThreadId;
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument.Name, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument.Name, value));
        listener.Start();
        Log(folder, [Record(1)], 2, 2);
        using (RunLogs logs = Open(folder, [Record(1), Record(2)]))
            logs.Report(Snapshot(3) with { Loss = double.NaN }, 0.25, TimeSpan.FromSeconds(0.001));
        // Step 1 was another process's; what is not a number is no measurement.
        Assert.Equal([1, 1], Of("weft.training.steps"));
        Assert.Equal([TokensPerStep, TokensPerStep], Of("weft.training.tokens"));
        Assert.Equal([Loss(2)], Of("weft.training.loss"));
        Assert.Equal([2.5], Of("weft.training.validation_loss"));
        Assert.Equal([Rate(2), Rate(3)], Of("weft.training.learning_rate"));
        Assert.Equal([4.5, 4.5], Of("weft.training.gradient_norm"));
        Assert.Equal([1000, 1000], Of("weft.training.tokens_per_second"));
        Assert.Equal([0.25, 0.25], Of("weft.training.step.duration"));
        Assert.Equal([0.001, 0.001], Of("weft.training.data.duration"));

        double[] Of(string name) => [.. measured.Where(m => m.Name == name).Select(m => m.Value)];

        // Other tests train at the same time, on threads of their own.
        void Add(string name, double value)
        {
            if (Environment.CurrentManagedThreadId == thread)
                measured.Add((name, value));
        }
    }

    [Fact]
    public void A_log_that_fails_ends_alone_and_is_told_once()
    {
        var good = new RecordingLog();
        var bad = new RecordingLog { FailsAt = 2 };
        List<string> warnings = [];
        using (var logs = new RunLogs([good, bad], warnings.Add, 0, [], TokensPerStep))
            for (int step = 1; step <= 4; step++)
                logs.Report(Snapshot(step), 0.25, TimeSpan.Zero);
        Assert.Equal([1, 2, 3, 4], good.Steps);
        Assert.Equal([1], bad.Steps);
        Assert.True(bad.Disposed && good.Disposed);
        Assert.Contains("no space left", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_share_of_waiting_is_that_of_all_steps()
    {
        using var logs = new RunLogs([], _ => { }, 0, [], TokensPerStep);
        Assert.Equal(0, logs.DataShare);
        logs.Report(Snapshot(1), 1, TimeSpan.FromSeconds(0.5));
        logs.Report(Snapshot(2), 3, TimeSpan.FromSeconds(0.5));
        Assert.Equal(0.25, logs.DataShare);
    }

    private static double Loss(int step) => 3.0 / step;

    private static double Rate(int step) => 1e-3 * step;

    private static TrainingSnapshot Snapshot(int step) => new(step, 300, step * TokensPerStep, Loss(step), step % 2 == 0 ? 2.5 : null, Rate(step), 4.5, 1000,
        TimeSpan.FromSeconds(step), TimeSpan.Zero);

    private static TrainingRecord Record(int step) => new(step, Loss(step), step % 2 == 0 ? 2.5 : double.NaN, Rate(step), 4.5, 0.064);

    private static RunLogs Open(TemporaryFolder folder, IReadOnlyList<TrainingRecord> history, int? step = null) => RunLogs.Open(folder.FullName, Assert.Fail, step ?? history.Count, history, TokensPerStep);

    private static void Log(TemporaryFolder folder, IReadOnlyList<TrainingRecord> history, int first, int last)
    {
        using RunLogs logs = Open(folder, history);
        for (int step = first; step <= last; step++)
            logs.Report(Snapshot(step), 0.25, TimeSpan.FromSeconds(0.001));
    }

    private static JsonElement[] Metrics(TemporaryFolder folder)
    {
        string text = File.ReadAllText(folder.File("metrics.jsonl"));
        Assert.True(text.Length == 0 || text.EndsWith('\n'));
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string EventFile(TemporaryFolder folder) => Assert.Single(Directory.GetFiles(folder.FullName, TensorBoardLog.Prefix + "*"));

    private static List<EventFileReader.Event> Events(TemporaryFolder folder) => EventFileReader.Read(File.ReadAllBytes(EventFile(folder)));

    private sealed class RecordingLog : IRunLog
    {
        public int FailsAt { get; init; } = int.MaxValue;

        public List<int> Steps { get; } = [];

        public bool Disposed { get; private set; }

        public string Name => "recording";

        public int KeepUntil(int lastStep) => lastStep;

        public void Write(RunMetrics metrics)
        {
            if (metrics.Step == FailsAt)
                throw new IOException("no space left");
            Steps.Add(metrics.Step);
        }

        public void Dispose() => Disposed = true;
    }
}
