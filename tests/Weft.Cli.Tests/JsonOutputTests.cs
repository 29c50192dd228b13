using System.Text.Json;

namespace Weft.Cli.Tests;

public sealed class JsonOutputTests
{
    [Fact]
    public void Pieces_make_one_document_and_its_line_ends()
    {
        using var output = new StringWriter();
        using (var json = new JsonOutput(output))
        {
            json.Writer.WriteStartArray();
            for (int i = 0; i < 3; i++)
            {
                json.Writer.WriteNumberValue(i);
                json.Drain();
            }
            Assert.Equal("[0,1,2", output.ToString());
            json.Writer.WriteEndArray();
            json.Complete();
        }
        Assert.Equal($"[0,1,2]{Environment.NewLine}", output.ToString());
    }

    [Fact]
    public void Text_stays_readable_and_reads_back()
    {
        const string text = "三 😀 é \" \\ \n \u0001 <&>'";
        using var output = new StringWriter();
        using (var json = new JsonOutput(output))
        {
            json.Writer.WriteStringValue(text);
            json.Complete();
        }
        Assert.Contains("三", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("<&>'", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(text, JsonDocument.Parse(output.ToString()).RootElement.GetString());
    }

    [Fact]
    public void A_document_that_is_not_completed_leaves_nothing()
    {
        using var output = new StringWriter();
        using (var json = new JsonOutput(output))
            json.Writer.WriteStartObject();
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public void Numbers_have_all_their_digits()
    {
        using var output = new StringWriter();
        using (var json = new JsonOutput(output))
        {
            json.Writer.WriteStartArray();
            json.Writer.WriteNumberValue(float.Pi);
            json.Writer.WriteNumberValue(Math.PI);
            json.Writer.WriteEndArray();
            json.Complete();
        }
        JsonElement numbers = JsonDocument.Parse(output.ToString()).RootElement;
        Assert.Equal(float.Pi, numbers[0].GetSingle());
        Assert.Equal(Math.PI, numbers[1].GetDouble());
    }
}
