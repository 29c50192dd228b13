using System.Runtime.InteropServices;

using Weft.Training.Native;

namespace Weft.Training.Tests.Native;

public class NativeTorchTests
{
    private const string Version = "GLIBCXX_3.4.32";

    [Fact]
    public void Libtorch_loads_on_this_machine_and_computes()
    {
        NativeTorch.Load();
        using TorchSharp.torch.Tensor sum = TorchSharp.torch.ones(3).sum();
        Assert.Equal(3f, sum.item<float>());
    }

    [Fact]
    public void The_unused_requirement_is_marked_weak_once_and_nothing_else_changes()
    {
        byte[] original = ReadLibrary();
        byte[] edited = [.. original];
        Assert.Equal(1, ElfVersionRequirement.MakeWeak(edited, Version));
        Assert.Equal(0, ElfVersionRequirement.MakeWeak(edited, Version));
        Assert.Equal(1, original.Zip(edited).Count(pair => pair.First != pair.Second));
    }

    [Fact]
    public void A_version_that_nobody_asks_for_changes_nothing() =>
        Assert.Equal(0, ElfVersionRequirement.MakeWeak(ReadLibrary(), "GLIBCXX_9.9.99"));

    [Fact]
    public void Bytes_that_are_no_library_are_refused() =>
        Assert.Throws<InvalidDataException>(() => ElfVersionRequirement.MakeWeak(new byte[256], Version));

    [Fact]
    public void A_truncated_library_is_refused_not_read_beyond_its_end()
    {
        byte[] library = ReadLibrary();
        foreach (int length in new[] { 64, 1000, library.Length / 2, library.Length - 64 })
            Assert.Throws<InvalidDataException>(() => ElfVersionRequirement.MakeWeak(library.AsSpan(0, length), Version));
    }

    private static byte[] ReadLibrary()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.SkipUnless(RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && File.Exists(path), "only Linux has the library to edit");
        return File.ReadAllBytes(path);
    }
}
