namespace ActorStreams;

/// <summary>A pipeline of a service: constructed once by dependency injection, and asked once for what to compute.</summary>
public interface IPipelineDefinition
{
    /// <summary>The whole pipeline, under its own name.</summary>
    Pipeline Build();
}
