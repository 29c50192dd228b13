using CsCheck;

namespace Weft.Data.Tests;

public class MemberNameTests
{
    private static readonly TypeNames Types = KnownTypes();

    [Theory]
    [InlineData("T:System.String", "String type in System")]
    [InlineData("T:System.Collections.Generic.List`1", "List<T> type in System.Collections.Generic")]
    [InlineData("T:System.Collections.Generic.Dictionary`2", "Dictionary<TKey, TValue> type in System.Collections.Generic")]
    [InlineData("T:System.Collections.Generic.Dictionary`2.KeyCollection.Enumerator",
        "Dictionary<TKey, TValue>.KeyCollection.Enumerator type in System.Collections.Generic")]
    [InlineData("T:Unknown.Space.Pair`2", "Pair<T1, T2> type in Unknown.Space")]
    [InlineData("T:Global", "Global type")]
    [InlineData("N:System.IO", "System.IO namespace")]
    [InlineData("M:System.Collections.Generic.List`1.Insert(System.Int32,`0)", "List<T>.Insert(int, T) method")]
    [InlineData("M:System.Collections.Generic.List`1.Clear", "List<T>.Clear() method")]
    [InlineData("M:System.Collections.Generic.List`1.#ctor(System.Collections.Generic.IEnumerable{`0})",
        "List<T>(IEnumerable<T>) constructor")]
    [InlineData("M:System.Collections.Generic.List`1.#ctor", "List<T>() constructor")]
    [InlineData("M:System.String.#cctor", "String static constructor")]
    [InlineData("M:System.String.Finalize", "String.Finalize() finalizer")]
    [InlineData("M:System.Decimal.op_Addition(System.Decimal,System.Decimal)", "Decimal.operator +(decimal, decimal)")]
    [InlineData("M:System.Decimal.op_CheckedUnaryNegation(System.Decimal)", "Decimal.operator checked -(decimal)")]
    [InlineData("M:System.Decimal.op_Explicit(System.Decimal)~System.Byte", "Decimal.explicit operator byte(decimal)")]
    [InlineData("M:System.Decimal.op_Implicit(System.Byte)~System.Decimal", "Decimal.implicit operator decimal(byte)")]
    [InlineData("M:System.Decimal.op_AdditionAssignment(System.Decimal)", "Decimal.operator +=(decimal)")]
    [InlineData("M:System.Decimal.op_IncrementAssignment", "Decimal.operator ++()")]
    [InlineData("M:System.Decimal.op_Strange(System.Decimal)", "Decimal.op_Strange(decimal)")]
    [InlineData("P:System.String.Length", "String.Length property")]
    [InlineData("P:System.String.Chars(System.Int32)", "String.this[int] indexer")]
    [InlineData("P:System.Collections.Generic.List`1.System#Collections#IList#Item(System.Int32)", "List<T>.IList.this[int] indexer")]
    [InlineData("F:System.DayOfWeek.Friday", "DayOfWeek.Friday field")]
    [InlineData("E:System.AppDomain.ProcessExit", "AppDomain.ProcessExit event")]
    [InlineData("M:System.Collections.Generic.List`1.System#Collections#IList#Add(System.Object)", "List<T>.IList.Add(object) method")]
    [InlineData("M:System.Collections.Generic.List`1.System#Collections#Generic#IEnumerable{T}#GetEnumerator",
        "List<T>.IEnumerable<T>.GetEnumerator() method")]
    [InlineData("M:N.D`2.System#Collections#Generic#ICollection{System#Collections#Generic#KeyValuePair{TKey@TValue}}#Clear",
        "D<T1, T2>.ICollection<KeyValuePair<TKey, TValue>>.Clear() method")]
    [InlineData("M:System.UInt64.System#Numerics#IBinaryInteger<System#UInt64>#GetShortestBitLength",
        "UInt64.IBinaryInteger<ulong>.GetShortestBitLength() method")]
    public void A_title_is_the_name_in_CSharp_and_its_kind(string id, string title) =>
        Assert.Equal(title, MemberName.Title(id, Types, []));

    [Theory]
    [InlineData("System.Int32[]", "int[]")]
    [InlineData("System.Int32[0:,0:]", "int[,]")]
    [InlineData("System.Int32[0:,0:][]", "int[][,]")]
    [InlineData("System.Int32@", "ref int")]
    [InlineData("System.Int32[]@", "ref int[]")]
    [InlineData("System.Void*", "void*")]
    [InlineData("System.Byte**", "byte**")]
    [InlineData("System.Nullable{System.Int32}", "int?")]
    [InlineData("System.Nullable{System.Int32}[]", "int?[]")]
    [InlineData("System.ValueTuple{System.Int32,System.String}", "(int, string)")]
    [InlineData("System.Func{``0,System.Collections.Generic.List{``1}}", "Func<TSource, List<TResult>>")]
    [InlineData("System.Collections.Generic.Dictionary{System.String,`0}.Enumerator", "Dictionary<string, TItem>.Enumerator")]
    [InlineData("System.Guid@|System.Runtime.InteropServices.InAttribute", "ref Guid")]
    [InlineData("System.UIntPtr,System.Single,System.Boolean", "nuint, float, bool")]
    [InlineData("`9", "`9")]
    [InlineData("delegate* unmanaged{System.Int32*, System.Void}", "delegate* unmanaged<int*, void>")]
    public void Parameter_types_read_as_CSharp(string list, string expected) =>
        Assert.Equal($"Box<TItem>.Map<TSource, TResult>({expected}) method",
            MemberName.Title($"M:N.Box`1.Map``2({list})", Types, ["TSource", "TResult"]));

    [Theory]
    [InlineData("T:System.Collections.Generic.List`1", "List<T>")]
    [InlineData("M:System.Collections.Generic.List`1.Insert(System.Int32,`0)", "List<T>.Insert")]
    [InlineData("M:System.Linq.Enumerable.Select``2(System.Func{``0,``1})", "Enumerable.Select")]
    [InlineData("M:System.String.#ctor(System.Char[])", "String")]
    [InlineData("O:System.String.Join", "String.Join")]
    [InlineData("P:System.String.Chars(System.Int32)", "String.this[int]")]
    [InlineData("M:System.Decimal.op_Addition(System.Decimal,System.Decimal)", "Decimal.operator +")]
    [InlineData("!:Missing", "Missing")]
    [InlineData("word", "word")]
    public void A_reference_reads_inside_a_sentence(string id, string expected) =>
        Assert.Equal(expected, MemberName.Reference(id, Types));

    [Fact]
    public void No_id_however_odd_throws()
    {
        Gen.Char["MTPF:.`0129{}[]()@*~#<>,|!^ aB_"].Array[0, 40].Sample(characters =>
        {
            string id = new(characters);
            Assert.NotNull(MemberName.Title("M:" + id, Types, []));
            Assert.NotNull(MemberName.Reference(id, Types));
        });
    }

    private static TypeNames KnownTypes()
    {
        var types = new TypeNames();
        types.Add("System.String", []);
        types.Add("System.Collections.Generic.List`1", ["T"]);
        types.Add("System.Collections.Generic.Dictionary`2", ["TKey", "TValue"]);
        // The outer type's parameters are sometimes documented again on a nested type.
        types.Add("System.Collections.Generic.Dictionary`2.KeyCollection", ["TKey", "TValue"]);
        types.Add("N.Box`1", ["TItem"]);
        return types;
    }
}
