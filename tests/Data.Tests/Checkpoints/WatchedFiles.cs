// A disk that tells before every operation, so that a test can look, interfere or count.
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Tests.Checkpoints;

/// <summary>Calls back before every create, sync and rename; a file is written between its create and its sync.</summary>
internal sealed class WatchedFiles(Action<string> before) : DurableFiles
{
    public override Stream Create(string path, long expectedBytes)
    {
        before($"create {path}");
        return base.Create(path, expectedBytes);
    }

    public override void Sync(Stream stream)
    {
        before("sync");
        base.Sync(stream);
    }

    public override void SyncDirectory(string path)
    {
        before($"sync {path}");
        base.SyncDirectory(path);
    }

    public override void Rename(string from, string to)
    {
        before($"rename {from}");
        base.Rename(from, to);
    }
}
