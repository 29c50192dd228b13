using Weft.Model.Checkpoints;

namespace Weft.Model.Tests;

/// <summary>What every refusal of a checkpoint must be: one exception type, one line, the file's name.</summary>
internal static class Refusal
{
    public static CheckpointException Check(Action open, string file)
    {
        var refusal = Assert.Throws<CheckpointException>(open);
        CheckMessage(refusal, file);
        return refusal;
    }

    public static void CheckMessage(CheckpointException refusal, string file)
    {
        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, c => char.IsControl(c) || c is '\u2028' or '\u2029');
        Assert.InRange(refusal.Message.Length, file.Length + 10, file.Length + 2200);
    }
}
