// What a configuration can say of augmentation.
namespace XClassFlow.Data.Preparation;

public sealed partial class ImageAugmenter
{
    /// <summary>What a configuration says of augmentation. By default nothing is changed.</summary>
    public sealed record Settings
    {
        /// <summary>Off: pictures are only normalised.</summary>
        public bool Enabled { get; init; } = true;

        /// <summary>Pixels by which the picture moves at most, by whole pixels, as a random crop of the padded picture does.</summary>
        public int CropPadding { get; init; }

        /// <summary>Mirror half of the pictures left to right.</summary>
        public bool HorizontalFlip { get; init; }

        /// <summary>Largest rotation either way, degrees.</summary>
        public double RotateDegrees { get; init; }

        /// <summary>Smallest factor of size.</summary>
        public double ScaleMin { get; init; } = 1;

        /// <summary>Largest factor of size.</summary>
        public double ScaleMax { get; init; } = 1;

        /// <summary>Largest shear either way, degrees.</summary>
        public double ShearDegrees { get; init; }

        /// <summary>Largest move either way, as a part of the width or height.</summary>
        public double TranslateFraction { get; init; }

        /// <summary>Largest factor by which a picture gets wider while it gets lower by the same, or the reverse, less 1.</summary>
        public double Stretch { get; init; }

        /// <summary>Largest move of each node of a grid of 4 x 4 cells over the picture, as a part of its width or height; between the nodes it is bilinear.</summary>
        public double ElasticFraction { get; init; }

        /// <summary>Strokes grow by up to so many pixels on every side: the picture is blended with the largest of each pixel and its four neighbours.</summary>
        public double Thicken { get; init; }

        /// <summary>Strokes shrink by up to so many pixels on every side.</summary>
        public double Thin { get; init; }

        /// <summary>Largest share of the picture blurred with the 3 x 3 binomial kernel.</summary>
        public double Blur { get; init; }

        /// <summary>The distance from the fill value is multiplied by a factor from 1 - contrast to 1 + contrast.</summary>
        public double Contrast { get; init; }

        /// <summary>Subtracted from the value (0 to 1).</summary>
        public double Mean { get; init; }

        /// <summary>The value less the mean is divided by it.</summary>
        public double Deviation { get; init; } = 1;

        /// <summary>Byte value of what lies outside the picture.</summary>
        public int Fill { get; init; }

        /// <exception cref="UserErrorException">A value is out of range; names <paramref name="path"/>.key.</exception>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "crop-padding", CropPadding, 0, 1024);
            SettingsCheck.Within(path, "rotate-degrees", RotateDegrees, 0, 180);
            SettingsCheck.Within(path, "scale-min", ScaleMin, 0.05, 20);
            SettingsCheck.Within(path, "scale-max", ScaleMax, ScaleMin, 20);
            SettingsCheck.Within(path, "shear-degrees", ShearDegrees, 0, 80);
            SettingsCheck.Within(path, "translate-fraction", TranslateFraction, 0, 1);
            SettingsCheck.Within(path, "stretch", Stretch, 0, 4);
            SettingsCheck.Within(path, "elastic-fraction", ElasticFraction, 0, 0.25);
            SettingsCheck.Within(path, "thicken", Thicken, 0, 1);
            SettingsCheck.Within(path, "thin", Thin, 0, 1);
            SettingsCheck.Within(path, "blur", Blur, 0, 1);
            SettingsCheck.Within(path, "contrast", Contrast, 0, 1);
            SettingsCheck.Within(path, "mean", Mean, -10, 10);
            SettingsCheck.Within(path, "deviation", Deviation, 1e-6, 1e6);
            SettingsCheck.Within(path, "fill", Fill, 0, 255);
        }
    }
}
