// Small recordings for tests.
using XClassFlow.Data.Recordings;
using XClassFlow.Data.Tensors;
using XClassFlow.Data.Tests.Checkpoints;

namespace XClassFlow.Data.Tests.Recordings;

internal static class Recorded
{
    public static RecordingHeader Header() => new()
    {
        Configuration = "train { classes = 4 }\n# é",
        Seed = -7,
        WorldSize = 2,
        Rank = 1,
        Incarnation = 3,
        StartedAt = DateTimeOffset.UnixEpoch,
        Versions = new Dictionary<string, string> { ["xclassflow"] = "0.1.0" },
    };

    public static RecordedMessage Message(long step, params TensorBlock[] tensors) =>
        new(step, (int)step % 3, 0, 1, "Embeddings", $$"""{"n":{{step}}}""", tensors);

    /// <summary>A message with one tensor whose content tells edge and step.</summary>
    public static RecordedMessage Message(int edge, long step, int floats) =>
        Message(step, TensorBlock.FromArray("x", ElementType.Float32, [floats], [.. Enumerable.Repeat((edge * 1000) + (float)step, floats)]));

    public static bool Same(RecordedMessage one, RecordedMessage other) =>
        (one.Step, one.MicroBatch, one.Source, one.Destination, one.Type, one.ScalarsJson) == (other.Step, other.MicroBatch, other.Source, other.Destination, other.Type, other.ScalarsJson)
        && one.Tensors.Count == other.Tensors.Count
        && one.Tensors.Zip(other.Tensors).All(pair => Blocks.Same(pair.First, pair.Second));
}
