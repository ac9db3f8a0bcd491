// Where messages leave a stage.
namespace XClassFlow.Stages.Flow;

/// <summary>An outlet of a stage. Sending never blocks: the host keeps what the receiver has no room for and runs the stage again when it has.</summary>
public abstract class Outlet
{
    private protected Outlet(string name, Type messageType)
    {
        Name = name;
        MessageType = messageType;
    }

    public string Name { get; }

    public Type MessageType { get; }

    internal Action<Outlet, Message, int>? Emit { get; set; }
}

/// <summary>An outlet for one type of message.</summary>
/// <typeparam name="T">Message type.</typeparam>
public sealed class Outlet<T> : Outlet
    where T : Message
{
    internal Outlet(string name)
        : base(name, typeof(T))
    {
    }

    /// <summary>Sends to the receiver (one-to-one), to all of them (broadcast), or to where the message being handled was going (scatter). Hands over its tensors.</summary>
    public void Send(T message) => EmitChecked(message, -1);

    /// <summary>Sends to one receiving instance of a scatter link. Hands over the message's tensors.</summary>
    public void SendTo(int destination, T message) => EmitChecked(message, destination);

    private void EmitChecked(T message, int destination)
    {
        if (Emit is null)
        {
            throw new InvalidOperationException($"outlet '{Name}' is not part of a running graph");
        }

        Emit(this, message, destination);
    }
}
