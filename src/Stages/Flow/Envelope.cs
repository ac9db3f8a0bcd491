// A message on its way between two instances.
namespace XClassFlow.Stages.Flow;

/// <summary>A message under way. Whoever holds the envelope owns the message.</summary>
/// <param name="Link">The link it travels on.</param>
/// <param name="From">Sending instance of <see cref="Link.From"/>.</param>
/// <param name="To">Receiving instance of <see cref="Link.To"/>.</param>
/// <param name="Destination">What the sender named as destination (-1: all); kept so that an inserted stage can pass it on.</param>
/// <param name="Message">The message.</param>
public sealed record Envelope(Link Link, int From, int To, int Destination, Message Message);
