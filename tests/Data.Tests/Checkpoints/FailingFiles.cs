// A disk that fails at one chosen operation.
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Tests.Checkpoints;

/// <summary>Counts every create, write, sync and rename; the operation with number <paramref name="failAt"/> and, if sticky, all after it throw.</summary>
internal sealed class FailingFiles(int failAt = int.MaxValue, bool sticky = false) : DurableFiles
{
    private int _operations;

    public int Operations => _operations;

    public bool HasFailed => _operations > failAt;

    public override Stream Create(string path, long expectedBytes)
    {
        Operation();
        return new FailingStream(base.Create(path, 0), this);
    }

    public override void Sync(Stream stream)
    {
        Operation();
        base.Sync(((FailingStream)stream).Inner);
    }

    public override void SyncDirectory(string path)
    {
        Operation();
        base.SyncDirectory(path);
    }

    public override void Rename(string from, string to)
    {
        Operation();
        base.Rename(from, to);
    }

    private bool Fails()
    {
        var number = Interlocked.Increment(ref _operations) - 1;
        return number == failAt || (sticky && number > failAt);
    }

    private void Operation()
    {
        if (Fails())
        {
            throw new IOException("No space left on device (injected)");
        }
    }

    private sealed class FailingStream(Stream inner, FailingFiles files) : Stream
    {
        public Stream Inner => inner;

        public override bool CanRead => false;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        // As a real disk does: a part of the bytes still fits.
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (files.Fails())
            {
                inner.Write(buffer[..(buffer.Length / 2)]);
                throw new IOException("No space left on device (injected)");
            }

            inner.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
