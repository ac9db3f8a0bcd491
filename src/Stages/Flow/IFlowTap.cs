// A tap watches what crosses the edges and how long stages work; the stages do not know.
namespace XClassFlow.Stages.Flow;

/// <summary>Observer of a running graph. Calls come on the stages' threads, several at once.</summary>
public interface IFlowTap
{
    /// <summary>A stage sends a message. The tap may read it during the call only.</summary>
    /// <param name="from">The sending instance.</param>
    /// <param name="outlet">Its outlet.</param>
    /// <param name="destination">The receiving instance it names, -1 for all.</param>
    /// <param name="message">The message; borrowed.</param>
    void Sent(StageAddress from, string outlet, int destination, Message message);

    /// <summary>A stage is about to be called.</summary>
    /// <param name="stage">The instance.</param>
    /// <param name="call">The kind of call.</param>
    /// <param name="inlet">The inlet whose handler is called; null for other kinds.</param>
    /// <param name="message">The message it is called with (the first part, for a gathering inlet), borrowed; null for other kinds.</param>
    void Called(StageAddress stage, StageCall call, string? inlet, Message? message)
    {
    }

    /// <summary>The call is over, also where it failed. The message's tensors may have another owner by now.</summary>
    /// <param name="stage">The instance.</param>
    /// <param name="call">The kind of call.</param>
    /// <param name="inlet">The inlet; null for other kinds.</param>
    /// <param name="message">The message it was called with; only its numbers may be read.</param>
    void Returned(StageAddress stage, StageCall call, string? inlet, Message? message)
    {
    }
}
