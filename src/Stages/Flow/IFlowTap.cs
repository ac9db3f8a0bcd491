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
}
