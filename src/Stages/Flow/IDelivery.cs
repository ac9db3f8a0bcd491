// How a stage's runner reaches the runners of other instances; each host brings its own.
namespace XClassFlow.Stages.Flow;

/// <summary>Transport between instances. Order is kept between two instances; calls never block.</summary>
public interface IDelivery
{
    /// <summary>Hands a message over to its receiver.</summary>
    void Deliver(Envelope envelope);

    /// <summary>Tells a sender that one of its messages was consumed.</summary>
    void Credit(Link link, int from, int to);

    /// <summary>Tells a receiver that a sender will send nothing more on a link.</summary>
    void Complete(Link link, int from, int to);
}
