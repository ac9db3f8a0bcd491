// The checksum of a file on disk.
using System.IO.Hashing;

namespace XClassFlow.Data.Checkpoints;

/// <summary>Reads a file once, in chunks, and compares length and XxHash3 with what was noted when it was written.</summary>
internal static class FileChecksum
{
    private const int ChunkBytes = 1 << 20;

    /// <exception cref="UserErrorException">The file is missing, shorter or longer; the message names it.</exception>
    public static void CheckLength(string path, long byteLength)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw Damaged(path, "is missing");
        }

        if (file.Length != byteLength)
        {
            throw Damaged(path, $"is damaged: it has {file.Length} bytes, {byteLength} were written");
        }
    }

    /// <exception cref="UserErrorException">The length or the content differs; the message names the file.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was signalled; looked at between chunks.</exception>
    public static void Check(string path, long byteLength, string checksum, CancellationToken abort)
    {
        CheckLength(path, byteLength);
        try
        {
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var hash = new XxHash3();
            var chunk = new byte[Math.Min(ChunkBytes, byteLength)];
            for (long offset = 0; offset < byteLength;)
            {
                abort.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(file, chunk, offset);
                if (read == 0)
                {
                    break;
                }

                hash.Append(chunk.AsSpan(0, read));
                offset += read;
            }

            var found = HashingStream.Format(hash.GetCurrentHashAsUInt64());
            if (found != checksum)
            {
                throw Damaged(path, $"is damaged: its checksum is {found}, {checksum} was written");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot be read: {error.Message}", path, inner: error);
        }
    }

    private static UserErrorException Damaged(string path, string what) => new(what, path, "use another copy, or an older one");
}
