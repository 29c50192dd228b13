using System.Text.Json.Serialization;

namespace Weft.Evaluation.Harness.Requests;

/// <summary>Lists of texts as JSON, without reflection.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class StringList : JsonSerializerContext;
