// The registries: every component that a configuration can name, built in or a user's own.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Generated;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Optimizers;

namespace XClassFlow.Stages.Training;

/// <summary>Registered components. A user's class named in HOCON goes through the same registries as the built-in ones.</summary>
public static class Components
{
    /// <summary>Data sets.</summary>
    public static ComponentRegistry<IDataSet, DataSetSite> DataSets { get; } = new ComponentRegistry<IDataSet, DataSetSite>("data set")
        .Register<ArrowDataSet.Settings>("arrow", (s, _) => ArrowDataSet.Open(s))
        .Register<GeneratedImages.Settings>("generated-images", (s, _) => new GeneratedImages(s))
        .Register<GeneratedFeatures.Settings>("generated-features", (s, _) => new GeneratedFeatures(s));

    /// <summary>Backbones.</summary>
    public static ComponentRegistry<Backbone, BackboneSite> Backbones { get; } = new ComponentRegistry<Backbone, BackboneSite>("backbone")
        .Register<IdentityBackbone.Settings>("identity", (s, site) => new IdentityBackbone(s, site.Input, site.Seed))
        .Register<MlpBackbone.Settings>("mlp", (s, site) => new MlpBackbone(s, site.Input, site.Seed))
        .Register<ConvNetBackbone.Settings>("convnet", (s, site) => new ConvNetBackbone(s, site.Input, site.Seed))
        .Register<ResNetBackbone.Settings>("resnet18", (s, site) => new ResNetBackbone(18, s, site.Input, site.Seed))
        .Register<ResNetBackbone.Settings>("resnet50", (s, site) => new ResNetBackbone(50, s, site.Input, site.Seed));

    /// <summary>Backbone optimizers.</summary>
    public static ComponentRegistry<IBackboneOptimizer, Backbone> Optimizers { get; } = new ComponentRegistry<IBackboneOptimizer, Backbone>("optimizer")
        .Register<BackboneSgd.Settings>("sgd", (s, backbone) => new BackboneSgd(s, backbone.Segments))
        .Register<BackboneLars.Settings>("lars", (s, backbone) => new BackboneLars(s, backbone.Segments))
        .Register<BackboneAdamW.Settings>("adamw", (s, backbone) => new BackboneAdamW(s, backbone.Segments))
        .Register<BackboneLamb.Settings>("lamb", (s, backbone) => new BackboneLamb(s, backbone.Segments));

    /// <summary>Convergence policies; the context is the number of updates of the run.</summary>
    public static ComponentRegistry<IConvergencePolicy, PolicySite> Policies { get; } = new ComponentRegistry<IConvergencePolicy, PolicySite>("convergence policy")
        .Register<ConstantPolicy.Settings>("constant", (s, site) => new ConstantPolicy(s, site.Updates))
        .Register<StepDecayPolicy.Settings>("step-decay", (s, site) => new StepDecayPolicy(s, site.Updates))
        .Register<WarmupCosinePolicy.Settings>("warmup-cosine", (s, site) => new WarmupCosinePolicy(s, site.Updates))
        .Register<FccsPolicy.Settings>("fccs", (s, site) => new FccsPolicy(s, site.Updates, site.GlobalBatch, site.MicroBatches));

    /// <summary>Stages that can be inserted at an edge.</summary>
    public static ComponentRegistry<Stage, StageSite> Stages { get; } = new ComponentRegistry<Stage, StageSite>("stage")
        .Register<ClipGradient.Settings>("clip-gradient", (s, site) => new ClipGradient(s, site));
}
