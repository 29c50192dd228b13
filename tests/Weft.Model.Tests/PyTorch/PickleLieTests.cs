using System.Diagnostics;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.PyTorch;

namespace Weft.Model.Tests.PyTorch;

/// <summary>A pickle is a program from strangers: whatever it asks for, the answer is a tensor or one exception, soon and without code.</summary>
public sealed class PickleLieTests
{
    private static readonly TorchSave.Tensor FourFloats = TorchSave.Whole(ElementType.F32, "0", 4);

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "exec")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("torch", "ComplexFloatStorage")]
    [InlineData("torch.FloatStorage", "")]
    [InlineData("collections", "OrderedDict.fromkeys")]
    [InlineData("numpy.core.multiarray", "_reconstruct")]
    public void A_name_that_no_state_dict_needs_is_named(string module, string name)
    {
        foreach (int protocol in new[] { 2, 4 })
        {
            PickleWriter called = new PickleWriter(protocol).Global(module, name).Text("echo owned").Raw(0x85, (byte)'R');
            string message = Refuse(called.Finish());
            Assert.Contains("pickle with code", message, StringComparison.Ordinal);
            Assert.Contains($"'{module}.{name}'", message, StringComparison.Ordinal);
            Assert.Contains("model/data.pkl", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_name_that_is_only_mentioned_is_refused_too() =>
        Assert.Contains("'os.system'", Refuse(new PickleWriter().Op('}').Text("w").Global("os", "system").Op('s').Finish()), StringComparison.Ordinal);

    /// <summary>Each is what follows the protocol; the texts of protocol 0 and instructions that build objects among them.</summary>
    [Theory]
    [InlineData("(S'echo'\nios\nsystem\n.")]
    [InlineData("(ios\nsystem\n.")]
    [InlineData("I1\n.")]
    [InlineData("P0\n.")]
    [InlineData("(X\u0001\0\0\0ao.")]
    [InlineData("ccollections\nOrderedDict\n)\u0081.")]
    [InlineData("ccollections\nOrderedDict\n)}\u0092.")]
    [InlineData("\u0082\u0001.")]
    [InlineData("\u008f.")]
    [InlineData("C\u0001a.")]
    [InlineData("\u0080\u0002.")]
    [InlineData("ccollections\nOrderedDict\n}R.")]
    [InlineData("ccollections\nOrderedDict\nK\u0001\u0085R.")]
    [InlineData("ctorch\nFloatStorage\n)R.")]
    [InlineData("ctorch\nfloat32\n)R.")]
    [InlineData("ctorch\nSize\nK\u0001\u0085R.")]
    [InlineData("ctorch._utils\n_rebuild_parameter\n}\u0085R.")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v3\n)R.")]
    [InlineData("}}R.")]
    [InlineData("]}b.")]
    [InlineData("X\u0001\0\0\0a}b.")]
    [InlineData(")Q.")]
    [InlineData("}Q.")]
    [InlineData("K\u0001K\u0002\u0093.")]
    public void An_instruction_that_builds_something_else_is_refused(string program) => Refuse(Latin1(program));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("0.")]
    [InlineData("1.")]
    [InlineData("2.")]
    [InlineData("t.")]
    [InlineData("a.")]
    [InlineData("]a.")]
    [InlineData("K\u0001a.")]
    [InlineData("}K\u0001s.")]
    [InlineData("]K\u0001K\u0001s.")]
    [InlineData("}(K\u0001u.")]
    [InlineData("(K\u0001d.")]
    [InlineData("}(0.")]
    [InlineData("}(.")]
    [InlineData("}(q\0.")]
    [InlineData("K\u0001(\u0085.")]
    [InlineData("(\u0087.")]
    [InlineData("h\0.")]
    [InlineData("j\0\0\0\0.")]
    [InlineData("q\0.")]
    [InlineData("\u0094.")]
    [InlineData("b.")]
    [InlineData("R.")]
    [InlineData("Q.")]
    [InlineData("\u0093.")]
    [InlineData("ctorch\nSize.")]
    [InlineData("X\u0001\0\0\0\u00ff.")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffa.")]
    [InlineData("X\u00ff\u00ff\u00ff\u007fa.")]
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffa.")]
    [InlineData("\u008b\u00ff\u00ff\u00ff\u00ff\u0001.")]
    [InlineData("\u008a\u0008\u0001.")]
    [InlineData("\u0095\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff}.")]
    [InlineData("K\u0001.")]
    [InlineData("N.")]
    [InlineData("].")]
    [InlineData("ccollections\nOrderedDict\n.")]
    public void A_program_that_is_broken_or_ends_in_no_dict_is_refused(string program) => Refuse(Latin1(program));

    [Fact]
    public void A_protocol_that_is_not_known_is_refused()
    {
        foreach (byte[] pickle in new byte[][] { [0x80, 1, (byte)'}', (byte)'.'], [0x80, 6, (byte)'}', (byte)'.'], [(byte)'}', (byte)'.'] })
            Refuse(pickle);
    }

    [Theory]
    [InlineData(0, new long[] { 5 }, new long[] { 1 })]
    [InlineData(1, new long[] { 4 }, new long[] { 1 })]
    [InlineData(-1, new long[] { 1 }, new long[] { 1 })]
    [InlineData(5, new long[] { 0 }, new long[] { 1 })]
    [InlineData(long.MaxValue, new long[] { 1 }, new long[] { 1 })]
    [InlineData(long.MinValue, new long[] { 1 }, new long[] { 1 })]
    [InlineData(0, new long[] { 2, 2 }, new long[] { 1 })]
    [InlineData(0, new long[] { 2 }, new long[] { 2, 1 })]
    [InlineData(0, new long[] { 2, 2 }, new long[] { 3, 1 })]
    [InlineData(0, new long[] { 2 }, new long[] { -1 })]
    [InlineData(3, new long[] { 2 }, new long[] { -1 })]
    [InlineData(0, new long[] { -1 }, new long[] { 1 })]
    [InlineData(0, new long[] { -2, -2 }, new long[] { 1, 1 })]
    [InlineData(0, new long[] { 2 }, new long[] { long.MaxValue })]
    [InlineData(0, new long[] { 5 }, new long[] { 1L << 62 })]
    [InlineData(0, new long[] { 1L << 32, 1L << 32 }, new long[] { 0, 0 })]
    [InlineData(0, new long[] { 1L << 32, 1L << 32, 1L << 32, 1L << 32 }, new long[] { 0, 0, 0, 0 })]
    [InlineData(0, new long[] { long.MaxValue, long.MaxValue }, new long[] { long.MaxValue, long.MaxValue })]
    [InlineData(0, new long[] { 1000, 4 }, new long[] { 0, 1 })]
    [InlineData(0, new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    public void A_tensor_that_does_not_lie_in_its_storage_is_refused(long offset, long[] shape, long[] strides) =>
        RefuseTensor(FourFloats with { Offset = offset, Shape = shape, Strides = strides });

    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData((1L << 62) + 4)]
    public void A_storage_that_claims_more_than_its_entry_is_refused(long count) => RefuseTensor(FourFloats with { StorageCount = count });

    [Theory]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("../data.pkl")]
    [InlineData("0/")]
    public void A_storage_without_an_entry_is_named(string key) =>
        Assert.Contains($"'model/data/{key}'", RefuseTensor(FourFloats with { Key = key }), StringComparison.Ordinal);

    [Fact]
    public void A_negative_view_and_a_bare_storage_type_are_refused()
    {
        PickleWriter pickle = new PickleWriter().Op('}').Text("w").Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Storage("torch", "FloatStorage", "0", 4).Integer(0).Tuple(4).Tuple(1).Raw(0x89).OrderedDictionary()
            .Op('}').Text("neg").Raw(0x88).Op('s').Op('t').Op('R').Op('s');
        Assert.Contains("negative view", Refuse(pickle.Finish()), StringComparison.Ordinal);
        pickle = new PickleWriter().Op('}').Text("w").Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Storage("torch.storage", "UntypedStorage", "0", 16).Integer(0).Tuple(4).Tuple(1).Raw(0x89).OrderedDictionary().Op('t').Op('R').Op('s');
        Assert.Contains("no element type", Refuse(pickle.Finish()), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_state_dict_is_named()
    {
        PickleWriter two = new PickleWriter().Op('}').Op('(');
        foreach (string name in new[] { "generator", "critic" })
            two.Text(name).Op('}').Text("w").Tensor(FourFloats).Op('s');
        string message = Refuse(two.Op('u').Finish());
        Assert.Contains("'generator' and 'critic'", message, StringComparison.Ordinal);
        Assert.Contains("holds no dict of tensors", Refuse(new PickleWriter().Op('}').Text("epoch").Integer(1).Op('s').Finish()), StringComparison.Ordinal);
        Assert.Contains("something else than a dict", Refuse(new PickleWriter().Op(']').Tensor(FourFloats).Op('a').Finish()), StringComparison.Ordinal);
        byte[] twice = TorchSave.StateDict([("w", FourFloats), ("w", FourFloats)]);
        Assert.Contains("'w' is set twice", Refuse(twice), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_share_or_hold_themselves_take_no_time()
    {
        // A tuple of two of the one before, 5,000 deep: 2^5000 leaves if anyone walked them.
        PickleWriter pickle = new PickleWriter(3).Op('}').Op('(').Text("bomb").Op(')');
        for (int i = 0; i < 5000; i++)
            pickle.Op('2').Raw(0x86);
        pickle.Text("self").Op(']').Memoize().Op('2').Op('a').Text("deep");
        for (int i = 0; i < 100_000; i++)
            pickle.Op(']');
        for (int i = 1; i < 100_000; i++)
            pickle.Op('a');
        byte[] bytes = pickle.Text("w").Tensor(FourFloats).Op('u').Finish();
        Assert.Null(OpenOrRefuse(TorchSave.File(bytes, [("0", new byte[16])])));
    }

    [Fact]
    public void Work_that_a_short_pickle_repeats_stays_small()
    {
        string longText = new('k', 1 << 20);
        // A long key of a storage, a long name of a tensor and one dict, each used a hundred thousand times over.
        PickleWriter key = new PickleWriter().Op('}').Op('(').Text("storage").Global("torch", "FloatStorage").Text(longText).Text("cpu").Integer(1).Op('t');
        PickleWriter name = new PickleWriter().Op('}').Op('(').Text(longText).Op('0').Text("w").Tensor(FourFloats).Op('q').Raw(200);
        PickleWriter nested = new PickleWriter().Op('}').Op('(').Text("k").Op('}').Op('q').Raw(200).Op('(');
        for (int i = 0; i < 100_000; i++)
        {
            key.Op('2').Op('Q').Op('0');
            name.Raw((byte)'h', 0, (byte)'h', 200);
            nested.Raw((byte)'h', 0, (byte)'N');
        }
        nested.Op('u');
        for (int i = 0; i < 100_000; i++)
            nested.Raw((byte)'h', 0, (byte)'h', 200);
        foreach (PickleWriter pickle in new[] { key, name, nested })
            Refuse(pickle.Op('u').Finish());
    }

    [Fact]
    public void Hostile_names_do_not_break_or_flood_the_message()
    {
        string name = "line one\u2028\u001b[31m\r" + new string('x', 100_000);
        Refuse(new PickleWriter().Global(name, name).Finish());
        RefuseTensor(FourFloats with { Key = name });
    }

    private static byte[] Latin1(string program) => [0x80, 2, .. System.Text.Encoding.Latin1.GetBytes(program)];

    private static string RefuseTensor(TorchSave.Tensor tensor) => Refuse(TorchSave.StateDict([("w", tensor)]));

    private static string Refuse(byte[] pickle)
    {
        CheckpointException? refusal = OpenOrRefuse(TorchSave.File(pickle, [("0", new byte[16])]));
        Assert.NotNull(refusal);
        return refusal.Message;
    }

    /// <summary>Opens bytes and reads all that they hold; the outcome is that or one refusal, in little time and memory.</summary>
    internal static CheckpointException? OpenOrRefuse(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.bin");
        File.WriteAllBytes(path, bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
        CheckpointException? refusal = null;
        try
        {
            using TorchFile file = TorchFile.Open(path);
            foreach (TensorView tensor in file.Tensors.Values)
                tensor.ReadBytes(0, new byte[tensor.ByteCount]);
        }
        catch (CheckpointException e)
        {
            refusal = e;
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, (1 << 20) + (100L * bytes.Length));
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 10);
        if (refusal is not null)
            Refusal.CheckMessage(refusal, path);
        return refusal;
    }
}
