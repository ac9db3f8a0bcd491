// Writes a class graph as an Arrow IPC file, batch by batch; it appears under its name only when it is whole.
using System.Globalization;
using System.IO.Hashing;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Graphs;

/// <summary>One column, fixed-size list of int32 [K], in batches of at most 32 MiB; the memory beyond the graph is one batch.</summary>
public static unsafe class ClassGraphWriter
{
    private const long BatchBytes = 32 << 20;

    /// <summary>Writes a graph. An existing file is replaced at the end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="info">What it is.</param>
    /// <param name="ids">int32 [info.Classes, info.K], borrowed: every class's list, the class itself first.</param>
    /// <exception cref="UserErrorException">The file cannot be made there; nothing is left behind.</exception>
    /// <exception cref="OutputException">The disk is full or fails; nothing is left behind, and what stood there before still does.</exception>
    public static void Write(string path, ClassGraphInfo info, int* ids)
    {
        using var folders = new ParentFolders(path);
        var partial = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.partial");
        try
        {
            FileStream stream;
            try
            {
                stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                throw new UserErrorException($"cannot be written ({e.Message})", path, "name a file in a folder that can be written", e);
            }

            OutputException.Guard(path, () => Fill(stream, partial, path, info, ids));
            folders.Keep();
        }
        finally
        {
            DurableFiles.TryDelete(partial);
        }
    }

    private static void Fill(FileStream stream, string partial, string path, ClassGraphInfo info, int* ids)
    {
        using (stream)
        {
            WriteAll(stream, info, ids);
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Checksum of the lists: XxHash3 over all ids.</summary>
    internal static string Checksum(byte* ids, long bytes)
    {
        var hash = new XxHash3();
        for (var offset = 0L; offset < bytes; offset += BatchBytes)
        {
            hash.Append(new ReadOnlySpan<byte>(ids + offset, (int)Math.Min(BatchBytes, bytes - offset)));
        }

        return HashingStream.Format(hash.GetCurrentHashAsUInt64());
    }

    private static void WriteAll(Stream stream, ClassGraphInfo info, int* ids)
    {
        var rowBytes = (long)info.K * sizeof(int);
        var item = new Field("item", Int32Type.Default, nullable: false);
        var type = new FixedSizeListType(item, info.K);
        var schema = new Schema(
            [new Field(ClassGraphFormat.Column, type, nullable: false)], ClassGraphFormat.Metadata(info, Checksum((byte*)ids, info.Classes * rowBytes)));
        using var writer = new ArrowFileWriter(stream, schema, leaveOpen: true);
        writer.WriteStart();
        var rows = (int)Math.Max(1, BatchBytes / rowBytes);

        // Managed memory, so that no finalizer frees it while it is written (arrow-dotnet #397).
        var bytes = new byte[Math.Min(rows, info.Classes) * rowBytes];
        for (var first = 0L; first < info.Classes; first += rows)
        {
            var count = (int)Math.Min(rows, info.Classes - first);
            var length = (int)(count * rowBytes);
            new ReadOnlySpan<byte>((byte*)ids + (first * rowBytes), length).CopyTo(bytes);
            var values = new ArrayData(Int32Type.Default, count * info.K, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(bytes.AsMemory(0, length))]);
            using var batch = new RecordBatch(schema, [ArrowArrayFactory.BuildArray(new ArrayData(type, count, 0, 0, [ArrowBuffer.Empty], [values]))], count);
            writer.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
        }

        writer.WriteEnd();
    }
}
