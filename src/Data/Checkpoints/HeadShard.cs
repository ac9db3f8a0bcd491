// The naming of head shards: files that each hold the rows of a range of classes.
using System.Globalization;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// A file PREFIX-00000-of-00002.safetensors with per-row tensors [num_local, ...] of classes [class_start, class_start + num_local). Weights, and
/// any state with one row per class, share the file or lie in one with another prefix.
/// </summary>
/// <param name="ClassStart">First class of the shard.</param>
/// <param name="NumLocal">Number of its classes; may be 0.</param>
/// <param name="Classes">Classes of the whole head.</param>
/// <param name="Width">Width D of a weight row.</param>
public sealed record HeadShard(long ClassStart, long NumLocal, long Classes, long Width)
{
    /// <summary>The prefix of the files with the class weights.</summary>
    public const string DefaultPrefix = "head";

    /// <summary>The name of shard <paramref name="index"/> of <paramref name="count"/>.</summary>
    public static string FileName(int index, int count, string prefix = DefaultPrefix) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}-{index:D5}-of-{count:D5}.safetensors");

    /// <summary>The shard of a rank by the rule of the head: classes div ranks each, one more for the first classes mod ranks.</summary>
    public static HeadShard Of(long classes, long width, int rank, int ranks)
    {
        var (each, more) = Math.DivRem(classes, ranks);
        return new HeadShard((rank * each) + Math.Min(rank, more), each + (rank < more ? 1 : 0), classes, width);
    }

    /// <summary>The metadata that the shard's file carries.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata() => new Dictionary<string, string>
    {
        ["class_start"] = ClassStart.ToString(CultureInfo.InvariantCulture),
        ["num_local"] = NumLocal.ToString(CultureInfo.InvariantCulture),
        ["classes"] = Classes.ToString(CultureInfo.InvariantCulture),
        ["width"] = Width.ToString(CultureInfo.InvariantCulture),
    };

    /// <exception cref="UserErrorException">The file lacks the metadata of a head shard.</exception>
    internal static HeadShard Of(SafetensorsReader file) =>
        new(Number(file, "class_start"), Number(file, "num_local"), Number(file, "classes"), Number(file, "width"));

    private static long Number(SafetensorsReader file, string key) =>
        file.Metadata.TryGetValue(key, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new UserErrorException($"is not a head shard: its metadata '{key}' is '{text}'", file.Path, "a whole number is needed");
}
