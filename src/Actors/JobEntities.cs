using ActorStreams.Actors.Entities;
using ActorStreams.Actors.Jobs;
using ActorStreams.Core.Pipelines;
using Akka.Actor;

namespace ActorStreams;

/// <summary>Entities of jobs, addressed by message.</summary>
public static class JobEntities
{
    extension(IJob job)
    {
        /// <summary>The actor of an operator's entities: it takes <see cref="EntityEnvelope"/>s from any actor, and answers each
        /// sender.</summary>
        /// <remarks>
        /// <para>It is <c>/user/actorstreams/{pipeline}/entities-{operator}</c>, lives as long as the job and outlives restarts. What comes
        /// while the job restarts waits for the next attempt, <see cref="JobOptions.MaxEntityMessages"/> at most; whoever asks sets the
        /// time after which he waits no longer. To watch it is to learn that the job has ended.</para>
        /// <para>Commands are taken by event-sourced operators. One that was answered by <see cref="CommandCommitted{TEvent}"/> is durable.
        /// A restart of the job within the process gives commands that were not committed to the next attempt, once. After a crash of the
        /// process, or where the asker has given up, a command may have been done: give it again, with an id that the entity keeps and
        /// knows.</para>
        /// <para>On a cluster the actor is one of this node, which reaches entities on all of them: see
        /// <c>ClusterJob.Entities</c>.</para>
        /// </remarks>
        /// <param name="entities">The operator's entities: given by its stream, or made of its name.</param>
        /// <exception cref="JobException">The pipeline has no such operator with such keys and such a state.</exception>
        public IActorRef Entities<TKey, TState>(EntityHandle<TKey, TState> entities)
        {
            ArgumentNullException.ThrowIfNull(job);
            ArgumentNullException.ThrowIfNull(entities);
            if (job is IEntityActors elsewhere)
                return elsewhere.Entities(entities);
            var here = (Job)job;
            Plan plan = here.Run.Plan;
            IReadOnlyList<string>? states = plan.Nodes.FirstOrDefault(node => node.Name == entities.Operator)?.StatesOf(typeof(TKey));
            if (states is null || (entities.State is { } state && !states.Contains(state, StringComparer.Ordinal)))
                throw EntityRef<TKey, TState>.Unknown(plan, entities.Operator);
            var host = (JobActor.Host)here.Host;
            host.System.ActorStreams().AnswerForEndedJobs();
            return host.Entities[entities.Operator];
        }
    }
}
