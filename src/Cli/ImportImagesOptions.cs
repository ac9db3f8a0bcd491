// What xclassflow import images was asked.
namespace XClassFlow.Cli;

/// <param name="Directory">A folder with one sub-folder of pictures per class.</param>
/// <param name="Out">The Arrow file to write.</param>
/// <param name="TestEvery">Every how many samples of a class one goes to <paramref name="TestOut"/>; null for none.</param>
/// <param name="TestOut">The Arrow file of the held-out samples; null exactly if <paramref name="TestEvery"/> is.</param>
/// <param name="Size">Height and width to scale to; null keeps what the pictures have.</param>
/// <param name="Grey">One channel instead of three.</param>
/// <param name="Encoded">Keep the compressed pictures instead of raw pixels.</param>
internal sealed record ImportImagesOptions(
    string Directory, string Out, int? TestEvery, string? TestOut, ImageSize? Size, bool Grey, bool Encoded);
