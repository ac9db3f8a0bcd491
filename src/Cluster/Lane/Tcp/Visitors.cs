// The connections that have not yet proved who they are.
namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>
/// Bounds them: one more than the limit closes the oldest, because those who belong here need milliseconds, and a stranger that fills the room with silent
/// connections must not keep them out. Notes about strangers are rationed. Thread-safe.
/// </summary>
/// <param name="limit">How many at a time.</param>
/// <param name="note">Takes a line for the person who watches.</param>
internal sealed class Visitors(int limit, Action<string> note)
{
    private const int NotesPerPeriod = 10;
    private const long Period = 10_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<IDisposable> _present = new();
    private long _periodStart = Environment.TickCount64;
    private int _notes;
    private long _unsaid;

    /// <summary>Connections present.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _present.Count;
            }
        }
    }

    /// <summary>Lets a connection in; it may be disposed at any time until <see cref="Leave"/>.</summary>
    public LinkedListNode<IDisposable> Enter(IDisposable connection)
    {
        IDisposable? oldest = null;
        LinkedListNode<IDisposable> place;
        lock (_gate)
        {
            if (_present.Count >= limit)
            {
                oldest = _present.First!.Value;
                _present.RemoveFirst();
            }

            place = _present.AddLast(connection);
        }

        oldest?.Dispose();
        return place;
    }

    /// <summary>The connection is no visitor any more.</summary>
    /// <returns>False when it had to make room.</returns>
    public bool Leave(LinkedListNode<IDisposable> place)
    {
        lock (_gate)
        {
            if (place.List is null)
            {
                return false;
            }

            _present.Remove(place);
            return true;
        }
    }

    /// <summary>Notes a line, or counts it where there were many.</summary>
    public void Note(string line)
    {
        lock (_gate)
        {
            var now = Environment.TickCount64;
            if (now - _periodStart > Period)
            {
                (_periodStart, _notes) = (now, 0);
            }

            if (++_notes > NotesPerPeriod)
            {
                _unsaid++;
                return;
            }

            if (_unsaid > 0)
            {
                line += $" (and {_unsaid} more that were not noted)";
                _unsaid = 0;
            }
        }

        note(line);
    }
}
