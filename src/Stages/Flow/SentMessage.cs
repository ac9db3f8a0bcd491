// What a stage that is driven alone has sent.
namespace XClassFlow.Stages.Flow;

/// <summary>A message that left a stage under a <see cref="StageDriver"/>.</summary>
/// <param name="Outlet">The outlet.</param>
/// <param name="Destination">The receiving instance that the stage named; -1 for all.</param>
/// <param name="Message">The message. It belongs to the driver until <see cref="StageDriver.Take"/> hands it over.</param>
public sealed record SentMessage(string Outlet, int Destination, Message Message);
