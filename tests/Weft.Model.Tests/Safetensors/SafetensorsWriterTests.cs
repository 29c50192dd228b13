using System.Runtime.Versioning;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;

namespace Weft.Model.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void A_failing_writer_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [Bytes("w", 3)]);
        byte[] before = File.ReadAllBytes(path);
        Assert.Throws<TimeoutException>(() =>
            SafetensorsWriter.Write(path, [Bytes("w", 3), new("v", ElementType.U8, [2], _ => throw new TimeoutException())]));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(["model.safetensors"], folder.Names);
    }

    [Fact]
    public void A_failing_first_write_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<TimeoutException>(() => SafetensorsWriter.Write(
            folder.File("model.safetensors"), [new("v", ElementType.U8, [2], _ => throw new TimeoutException())]));
        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_tensor_that_writes_another_number_of_bytes_is_refused(int written)
    {
        using var folder = new TemporaryFolder();
        var refusal = Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(
            folder.File("model.safetensors"), [new("v", ElementType.U8, [2], stream => stream.Write(new byte[written]))]));
        Assert.Contains("'v'", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData("w", "w")]
    [InlineData("w", "__metadata__")]
    public void Names_that_the_reader_would_refuse_are_not_written(string first, string second)
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("model.safetensors"), [Bytes(first, 1), Bytes(second, 1)]));
        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData(-1L, 1L)]
    [InlineData(-1L, -1L)]
    [InlineData(1L << 32, 1L << 32)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(long.MaxValue, 2L)]
    public void Impossible_shapes_are_not_written(long rows, long columns)
    {
        using var folder = new TemporaryFolder();
        TensorSource tensor = new("w", ElementType.F32, [rows, columns], _ => Assert.Fail("nothing may be written"));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("model.safetensors"), [tensor]));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_target_that_cannot_be_written_is_an_input_output_error_and_leaves_no_temporary_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "in the way");
        Assert.ThrowsAny<IOException>(() => SafetensorsWriter.Write(folder.File("file/model.safetensors"), [Bytes("w", 1)]));
        Directory.CreateDirectory(folder.File("folder"));
        Exception? refusal = Record.Exception(() => SafetensorsWriter.Write(folder.File("folder"), [Bytes("w", 1)]));
        Assert.True(refusal is IOException or UnauthorizedAccessException, $"{refusal}");
        Assert.Equal(["file", "folder"], folder.Names);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_read_only_folder_is_reported_and_stays_as_it_was()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "needs a user whom file modes bind");
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.Throws<UnauthorizedAccessException>(() => SafetensorsWriter.Write(folder.File("model.safetensors"), [Bytes("w", 1)]));
            Assert.Empty(folder.Names);
        }
        finally
        {
            File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_read_only_folder_can_be_opened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [Bytes("w", 2)]);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            Assert.Single(file.Tensors);
        }
        finally
        {
            File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static TensorSource Bytes(string name, int count) => new(name, ElementType.U8, [count], stream => stream.Write(new byte[count]));
}
