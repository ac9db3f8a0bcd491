// Reads rows of the whole head from shards, whatever their number: what lets a checkpoint of S shards load on S'.
using System.Text.RegularExpressions;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// The head of a checkpoint as one matrix of <see cref="Classes"/> rows. Borrows the checkpoint, which must outlive it. Reads are thread-safe.
/// </summary>
public sealed partial class HeadRows
{
    private readonly List<(HeadShard Shard, SafetensorsReader File)> _shards;

    private HeadRows(List<(HeadShard Shard, SafetensorsReader File)> shards)
    {
        _shards = shards;
        (_, _, Classes, Width) = shards[0].Shard;
    }

    /// <summary>Classes of the whole head.</summary>
    public long Classes { get; }

    /// <summary>Width D of a weight row.</summary>
    public long Width { get; }

    /// <summary>Number of files that the head was written in.</summary>
    public int Shards => _shards.Count;

    /// <summary>Names of the per-row tensors, e.g. "weight", "momentum".</summary>
    public IEnumerable<string> Tensors => _shards[0].File.Entries.Keys;

    /// <summary>Opens the shards of a head and checks that they cover every class once.</summary>
    /// <param name="checkpoint">Borrowed; must outlive the result.</param>
    /// <param name="prefix">Prefix of the files.</param>
    /// <exception cref="UserErrorException">There is no head, shards are missing, or they do not fit together.</exception>
    public static HeadRows Open(Checkpoint checkpoint, string prefix = HeadShard.DefaultPrefix)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var names = checkpoint.Files.Where(name => name.StartsWith(prefix + "-", StringComparison.Ordinal) && ShardSuffix().IsMatch(name.AsSpan(prefix.Length))).ToList();
        if (names.Count == 0 || !names.ToHashSet().SetEquals(Enumerable.Range(0, names.Count).Select(index => HeadShard.FileName(index, names.Count, prefix))))
        {
            throw new UserErrorException($"holds {names.Count} files {prefix}-...safetensors, which are no complete head", checkpoint.Path);
        }

        var shards = names.Select(name => checkpoint.Tensors(name)).Select(file => (Shard: HeadShard.Of(file), File: file)).OrderBy(entry => entry.Shard.ClassStart).ThenBy(entry => entry.Shard.NumLocal).ToList();
        Check(shards);
        return new HeadRows(shards);
    }

    /// <summary>Reads rows of the class weights; see the instance method.</summary>
    public static void Read(Checkpoint checkpoint, long rowStart, long rowEnd, nint destination, long destinationByteLength) =>
        Open(checkpoint).Read("weight", rowStart, rowEnd, destination, destinationByteLength);

    /// <summary>Names of the files that hold rows [rowStart, rowEnd) of the global class range.</summary>
    public IEnumerable<string> FilesOf(long rowStart, long rowEnd) => _shards
        .Where(entry => entry.Shard.ClassStart < rowEnd && rowStart < entry.Shard.ClassStart + entry.Shard.NumLocal)
        .Select(entry => System.IO.Path.GetFileName(entry.File.Path));

    /// <summary>Type of a tensor's elements.</summary>
    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public ElementType TypeOf(string tensor) => _shards[0].File.Entry(tensor).ElementType;

    /// <summary>Shape of one row of a tensor: [D] for the weights, empty for one number per class.</summary>
    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public long[] RowShape(string tensor) => _shards[0].File.Entry(tensor).Shape[1..];

    /// <summary>Bytes of one row of a tensor.</summary>
    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public long RowBytes(string tensor)
    {
        TypeOf(tensor).TryByteLength(RowShape(tensor), out var bytes);
        return bytes;
    }

    /// <summary>Reads rows [rowStart, rowEnd) of the global class range into native memory, as they were written (no conversion).</summary>
    /// <param name="tensor">"weight", or the name of a state.</param>
    /// <param name="rowStart">First class.</param>
    /// <param name="rowEnd">One past the last class.</param>
    /// <param name="destination">Address of the caller's memory, borrowed for the call.</param>
    /// <param name="destinationByteLength">Exactly (rowEnd - rowStart) * <see cref="RowBytes"/>.</param>
    /// <exception cref="UserErrorException">There is no such tensor, or a file is damaged.</exception>
    /// <exception cref="ArgumentException">The rows lie outside the head, or the destination's length is not theirs.</exception>
    public void Read(string tensor, long rowStart, long rowEnd, nint destination, long destinationByteLength)
    {
        var rowBytes = RowBytes(tensor);
        if (rowStart < 0 || rowEnd < rowStart || rowEnd > Classes)
        {
            throw new ArgumentException($"rows [{rowStart}, {rowEnd}) of a head of {Classes} classes", nameof(rowStart));
        }

        if (destinationByteLength != (rowEnd - rowStart) * rowBytes)
        {
            throw new ArgumentException($"{rowEnd - rowStart} rows of {rowBytes} bytes, the destination has {destinationByteLength}", nameof(destinationByteLength));
        }

        foreach (var (shard, file) in _shards)
        {
            var from = Math.Max(rowStart, shard.ClassStart);
            var to = Math.Min(rowEnd, shard.ClassStart + shard.NumLocal);
            if (from < to)
            {
                var address = destination + (nint)((from - rowStart) * rowBytes);
                file.ReadRows(tensor, from - shard.ClassStart, to - shard.ClassStart, address, (to - from) * rowBytes);
            }
        }
    }

    /// <summary>A tensor as it lies in the mapped files: one block per shard, in class order, without a copy. Valid until the checkpoint is disposed, which owns the memory.</summary>
    /// <exception cref="UserErrorException">There is no such tensor.</exception>
    public IReadOnlyList<(long ClassStart, TensorBlock Rows)> Views(string tensor) =>
        [.. _shards.Select(shard => (shard.Shard.ClassStart, shard.File.Tensor(tensor)))];

    /// <summary>
    /// Rows of the global class range as memory that can be written, in the file they lie in. Null where they lie in several files: one block of memory cannot be mapped from those.
    /// The caller owns it.
    /// </summary>
    /// <exception cref="UserErrorException">There is no such tensor, the file was cut short, or the system refuses.</exception>
    public PrivateMapping? Map(string tensor, long rowStart, long rowEnd)
    {
        foreach (var (shard, file) in _shards)
        {
            if (rowStart < rowEnd && rowStart >= shard.ClassStart && rowEnd <= shard.ClassStart + shard.NumLocal)
            {
                return file.MapRows(tensor, rowStart - shard.ClassStart, rowEnd - shard.ClassStart);
            }
        }

        return null;
    }

    private static void Check(List<(HeadShard Shard, SafetensorsReader File)> shards)
    {
        long next = 0;
        var (first, firstFile) = shards[0];
        foreach (var (shard, file) in shards)
        {
            if (shard.ClassStart != next || shard.Classes != first.Classes || shard.Width != first.Width || shard.NumLocal > first.Classes - next
                || file.Entries.Count != firstFile.Entries.Count)
            {
                throw new UserErrorException($"{shard} does not continue the shards before it, which end at class {next} of {first.Classes}, or has other tensors", file.Path);
            }

            next += shard.NumLocal;
            foreach (var entry in file.Entries.Values)
            {
                var fits = entry.Shape.Length > 0 && entry.Shape[0] == shard.NumLocal
                    && firstFile.Entries.TryGetValue(entry.Name, out var other) && other.ElementType == entry.ElementType
                    && other.Shape.AsSpan(1).SequenceEqual(entry.Shape.AsSpan(1))
                    && (entry.Name != "weight" || (entry.Shape.Length == 2 && entry.Shape[1] == shard.Width));
                if (!fits)
                {
                    throw new UserErrorException($"'{entry.Name}' [{string.Join(", ", entry.Shape)}] does not fit {shard} or the first shard", file.Path);
                }
            }
        }

        if (next != first.Classes)
        {
            throw new UserErrorException($"the shards end at class {next} of {first.Classes}", firstFile.Path);
        }
    }

    [GeneratedRegex(@"^-\d{5}-of-\d{5}\.safetensors$")]
    private static partial Regex ShardSuffix();
}
