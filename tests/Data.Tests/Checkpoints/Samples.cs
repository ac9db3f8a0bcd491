// A small checkpoint, and what must be true of it.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests.Checkpoints;

internal static class Samples
{
    public static CheckpointInfo Info(double samples = 256) => new()
    {
        Configuration = "train { classes = 4 }\n# é",
        Seed = -7,
        Versions = new Dictionary<string, string> { ["xclassflow"] = "0.1.0" },
        Scalars = new Dictionary<string, double> { ["samples"] = samples, ["loss"] = double.NaN, ["best"] = double.NegativeInfinity, ["third"] = 1.0 / 3 },
        Texts = new Dictionary<string, string> { ["schedule"] = "{\"rate\":0.1}" },
    };

    /// <summary>Writes and commits a checkpoint whose weights tell its step.</summary>
    public static string Save(CheckpointDirectory directory, long step, float mark = 0)
    {
        using var writer = directory.Begin(step);
        writer.AddTensors("backbone.safetensors", null, [Blocks.Floats("conv.weight", step, mark)]);
        writer.AddTensors(HeadShard.FileName(0, 1), HeadShard.Of(4, 1, 0, 1).ToMetadata(), [TensorBlock.FromArray<float>("weight", ElementType.Float32, [4, 1], [step, 1, 2, 3])]);
        writer.AddText("notes.txt", $"step {step}");
        return writer.Commit(Info());
    }

    /// <summary>The checkpoint opens with all checksums, and is the one that <see cref="Save"/> wrote.</summary>
    public static float AssertGood(string path, long step)
    {
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(step, checkpoint.Step);
        Assert.Equal($"step {step}", checkpoint.Text("notes.txt"));
        var values = checkpoint.Tensors("backbone.safetensors").Tensor("conv.weight").ToArray<float>();
        Assert.Equal(step, values[0]);
        return values[1];
    }
}
