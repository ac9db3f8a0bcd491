// Writes a checkpoint anew with other content and checksums that are right: what a program with a mistake might leave.
using System.Runtime.InteropServices;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Cluster.Tests.Training;

internal static unsafe class Rewritten
{
    /// <summary>Copies a checkpoint into another directory of checkpoints.</summary>
    /// <param name="from">The checkpoint.</param>
    /// <param name="to">The directory.</param>
    /// <param name="tensors">Changes the bytes of a tensor: file, tensor, content.</param>
    /// <param name="other">Takes a file from another checkpoint; null: from the first.</param>
    public static void Copy(string from, string to, Action<string, string, byte[]>? tensors = null, Func<string, string?>? other = null)
    {
        using var source = Checkpoint.Open(from);
        using var writer = new CheckpointDirectory(to, new CheckpointDirectory.Settings()).Begin(source.Step);
        foreach (var file in source.Files)
        {
            using var second = other?.Invoke(file) is { } path ? Checkpoint.Open(path) : null;
            var reader = (second ?? source).Tensors(file);
            writer.AddTensors(file, reader.Metadata, [.. reader.Entries.Values.Select(entry => Changed(file, entry, reader.Tensor(entry.Name), tensors))]);
        }

        writer.Commit(source.Manifest.Info);
    }

    private static TensorBlock Changed(string file, SafetensorsEntry entry, TensorBlock block, Action<string, string, byte[]>? change)
    {
        var bytes = new byte[block.ByteLength];
        for (var offset = 0L; offset < bytes.Length;)
        {
            var chunk = block.Chunk(offset);
            chunk.CopyTo(bytes.AsSpan((int)offset));
            offset += chunk.Length;
        }

        change?.Invoke(file, entry.Name, bytes);
        return entry.ElementType switch
        {
            ElementType.Float32 => TensorBlock.FromArray(entry.Name, entry.ElementType, entry.Shape, MemoryMarshal.Cast<byte, float>(bytes).ToArray()),
            ElementType.Int32 => TensorBlock.FromArray(entry.Name, entry.ElementType, entry.Shape, MemoryMarshal.Cast<byte, int>(bytes).ToArray()),
            ElementType.Int64 => TensorBlock.FromArray(entry.Name, entry.ElementType, entry.Shape, MemoryMarshal.Cast<byte, long>(bytes).ToArray()),
            ElementType.BFloat16 => TensorBlock.FromArray(entry.Name, entry.ElementType, entry.Shape, MemoryMarshal.Cast<byte, ushort>(bytes).ToArray()),
            _ => TensorBlock.FromArray(entry.Name, entry.ElementType, entry.Shape, bytes),
        };
    }
}
