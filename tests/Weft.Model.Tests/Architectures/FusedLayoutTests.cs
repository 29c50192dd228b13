using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.Architectures;

/// <summary>Tensors that hold several projections: each stored row is the row of the projection that the published classes take it for.</summary>
public sealed class FusedLayoutTests
{
    // Two heads of two values: query, key and value of the first head, then those of the second.
    [Theory]
    [InlineData("gpt_neox", "gpt_neox.layers.0.attention.query_key_value",
        """{"model_type":"gpt_neox","vocab_size":3,"hidden_size":4,"intermediate_size":3,"num_hidden_layers":1,"num_attention_heads":2,"max_position_embeddings":4,"rotary_pct":1.0}""")]
    [InlineData("bloom", "transformer.h.0.self_attention.query_key_value",
        """{"model_type":"bloom","vocab_size":3,"hidden_size":4,"n_layer":1,"n_head":2}""")]
    public void Query_key_and_value_of_each_head_follow_each_other(string modelType, string tensor, string config) =>
        CheckRows(modelType, config,
            (tensor, ["query 0", "query 1", "key 0", "key 1", "value 0", "value 1", "query 2", "query 3", "key 2", "key 3", "value 2", "value 3"]));

    // Two query heads and one key-value head of two values; gate before up.
    [Fact]
    public void Phi_3_has_all_queries_then_all_keys_then_all_values_and_gate_before_up() => CheckRows("phi3",
        """
        {"model_type":"phi3","vocab_size":3,"hidden_size":4,"intermediate_size":3,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,
         "max_position_embeddings":4}
        """,
        ("model.layers.0.self_attn.qkv_proj", ["query 0", "query 1", "query 2", "query 3", "key 0", "key 1", "value 0", "value 1"]),
        ("model.layers.0.mlp.gate_up_proj", ["gate 0", "gate 1", "gate 2", "up 0", "up 1", "up 2"]));

    private static void CheckRows(string modelType, string config, params (string Tensor, string[] Rows)[] expected)
    {
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Read(architecture, config);
        using var folder = new TemporaryFolder();
        HuggingFaceExport.Save(folder.FullName, architecture, spec, Labelled, new());
        RawSafetensors.Tensor[] stored = RawSafetensors.Read(File.ReadAllBytes(folder.File("model.safetensors"))).Tensors;
        foreach ((string name, string[] rows) in expected)
            foreach (RawSafetensors.Tensor tensor in stored.Where(tensor => tensor.Name == $"{name}.weight" || tensor.Name == $"{name}.bias"))
            {
                int columns = tensor.Bytes.Length / 4 / rows.Length;
                Assert.Equal(rows, Enumerable.Range(0, rows.Length).Select(row => Name(BitConverter.ToSingle(tensor.Bytes, 4 * row * columns))));
            }
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
        {
            float[] read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.Equal(Labelled(parameter), read);
        }
    }

    private static readonly string[] Projections = ["query", "key", "value", "gate", "up"];

    /// <summary>Every element says which projection and which row it is of.</summary>
    private static float[] Labelled(ParameterSpec parameter)
    {
        int projection = Array.IndexOf(Projections, parameter.Name.Split('.')[^2]);
        long columns = parameter.Count / parameter.Shape[0];
        return [.. Enumerable.Range(0, (int)parameter.Count).Select(i => (float)((100 * projection) + (i / columns)))];
    }

    private static string Name(float label) => $"{Projections[(int)label / 100]} {(int)label % 100}";
}
